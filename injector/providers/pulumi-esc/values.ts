import { ProviderError } from '../provider-error.ts';
import { asMap, type JsonObject, type JsonValue } from '../value.ts';

/** Deeper than any environment a person writes; the stack would end at some thousands. */
const DEEPEST = 100;

/**
 * The plain values in an opened environment. Pulumi wraps each value, inner ones too, as `{value, secret, unknown, trace}`;
 * without `value` it is null. Source: pulumi/esc, value.go.
 */
export function plainValues(json: JsonValue, place: string): JsonObject {
  const properties = asMap(json)?.properties;
  // An environment without values has no properties.
  if (properties === undefined || properties === null) return {};
  const map = asMap(properties);
  if (map === undefined) throw strange(place);
  return plainMap(map, '', 0, place);
}

function plainMap(map: JsonObject, path: string, depth: number, place: string): JsonObject {
  return Object.fromEntries(Object.entries(map).map(([key, node]) => [key, plain(node, `${path}${key}`, depth + 1, place)]));
}

function plain(node: JsonValue, path: string, depth: number, place: string): JsonValue {
  const wrapper = asMap(node);
  if (wrapper === undefined || depth > DEEPEST) throw strange(place);
  if (wrapper.unknown === true) {
    throw new ProviderError('invalid', `the value of \`${path}\` in the environment is not known`, {
      remedy: 'Open the environment with `esc open` and mend what it says about this value.',
    });
  }
  const value = wrapper.value ?? null;
  if (isList(value)) return value.map((item, index) => plain(item, `${path}[${index}]`, depth + 1, place));
  const map = asMap(value);
  return map === undefined ? value : plainMap(map, `${path}.`, depth, place);
}

function isList(json: JsonValue): json is readonly JsonValue[] {
  return Array.isArray(json);
}

function strange(place: string): ProviderError {
  return new ProviderError('protocol', `the answer of ${place} holds no environment`, {
    remedy: 'Check the setting `endpoint`: the base URL of the Pulumi service, for example `https://api.pulumi.com`.',
  });
}
