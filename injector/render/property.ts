import { asMap, type JsonObject, type JsonValue, type SecretValue, toValue } from '../providers/value.ts';
import { bad, nameList, quoted, type Result } from './result.ts';
import { containerOf } from './text.ts';

/** What a reference selects. `json` is the value as it stood in the map, where a number is still a number. */
export interface Selected {
  readonly value: SecretValue;
  readonly json?: JsonValue;
}

/** What is tried as a path of keys before, and instead of, JMESPath. */
const PLAIN = /^[\w.-]+$/;
const REMEDY = 'Correct the text after `#`.';

/**
 * The property of a secret that a reference names after `#`; without a name the secret as a whole. In this order: an exact
 * key; for a plain name with dots, keys one below the other (what JMESPath does too, but without loading it, and names
 * may hold `-`); any other text is a JMESPath expression. Text counts as a map when it is a JSON object or array.
 */
export async function selectProperty(secret: SecretValue, property: string | undefined): Promise<Result<Selected>> {
  if (property === undefined) return { ok: true, value: { value: secret } };
  const container = containerOf(secret);
  if (container === undefined) {
    return bad(
      `the secret is no map, so it has no property ${quoted(property)}`,
      'Leave out the `#` and what follows, or store a JSON object.',
    );
  }
  const map = asMap(container);
  const exact = map === undefined ? undefined : own(map, property);
  if (exact !== undefined) return exact === null ? absent(property, container, ' (it is null)') : selected(exact);
  if (PLAIN.test(property)) {
    const found = map === undefined ? undefined : descend(map, property.split('.'));
    if (found === undefined || found === null) return absent(property, container, found === null ? ' (it is null)' : '');
    return selected(found);
  }
  const { evaluate } = await import('./jmespath/index.ts');
  const result = evaluate(property, container);
  if (!result.ok) return result;
  if (result.value === null) return absent(property, container, ' (as JMESPath it gives null)');
  return selected(result.value);
}

function selected(json: Exclude<JsonValue, null>): Result<Selected> {
  return { ok: true, value: { value: toValue(json), json } };
}

function absent(property: string, container: JsonValue, why: string): Result<never> {
  const map = asMap(container);
  const has = map === undefined ? 'it is a list' : `it has ${nameList(Object.keys(map))}`;
  return { ok: false, absent: true, what: `the secret has no property ${quoted(property)}${why}; ${has}`, remedy: REMEDY };
}

function descend(map: JsonObject, names: readonly string[]): JsonValue | undefined {
  let current: JsonValue | undefined = map;
  for (const name of names) {
    const below: JsonObject | undefined = asMap(current);
    current = below === undefined ? undefined : own(below, name);
  }
  return current;
}

function own(map: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(map, name) ? map[name] : undefined;
}
