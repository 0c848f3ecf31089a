import { asMap, type JsonValue, type SecretValue, toValue } from '../providers/value.ts';
import { type Form, formatValue } from './formats.ts';
import type { Selected } from './property.ts';
import { bad, good, type Result } from './result.ts';
import { isEmpty, type Present, type Selection } from './select-sources.ts';
import type { TemplateValue } from './template-value.ts';
import { containerOf, textOf } from './text.ts';

/** One value from what an entry selected, by its template and format. */
export async function toBytes(
  spec: Form & { readonly template?: string | undefined },
  { sources, password }: Selection,
): Promise<Result<Uint8Array>> {
  const single = singleOf(sources);
  // Empty text has no form, yet an optional entry accepts it whatever its format.
  if (single !== undefined && isEmpty(single.value)) return good(new Uint8Array());
  if (spec.template === undefined) {
    const value = wholeOf(sources);
    return value.ok ? formatValue(value.value, spec, password) : value;
  }
  const values = single === undefined ? templateValues(sources) : keysOf(single.value);
  if (!values.ok) return values;
  const { renderTemplate } = await import('./template/index.ts');
  const text = renderTemplate(spec.template, values.value);
  return text.ok ? formatValue({ kind: 'text', text: text.value }, spec, password) : text;
}

/** What the sources give together: the only one's value, or the map of several. */
export function wholeOf(sources: readonly Present[]): Result<SecretValue> {
  const single = singleOf(sources);
  if (single !== undefined) return good(single.value);
  const entries: [string, JsonValue][] = [];
  for (const { name = '', selected } of sources) {
    const json = jsonOf(selected);
    if (json === undefined) return binary(name);
    entries.push([name, json]);
  }
  return good(toValue(Object.fromEntries(entries)));
}

/** What is selected when there is but one source and it has no name. */
function singleOf([first]: readonly Present[]): Selected | undefined {
  return first !== undefined && first.name === undefined ? first.selected : undefined;
}

/** Several sources as the names of a template; text that is a JSON object is both text and map there. */
function templateValues(sources: readonly Present[]): Result<Map<string, TemplateValue>> {
  const values = new Map<string, TemplateValue>();
  for (const { name = '', selected } of sources) {
    const json = jsonOf(selected);
    if (json === undefined) return binary(name);
    const container = typeof json === 'string' ? asMap(containerOf(selected.value)) : undefined;
    values.set(name, container === undefined || typeof json !== 'string' ? { json } : { json: container, text: json });
  }
  return good(values);
}

/** The keys of one source's map as the names of a template. */
function keysOf(secret: SecretValue): Result<Map<string, TemplateValue>> {
  const map = asMap(containerOf(secret));
  if (map === undefined)
    return bad('the secret is no map, so the template has no names', 'Give the source a name: `from: { value: <reference> }`.');
  return good(new Map(Object.entries(map).flatMap(([name, json]) => (json === null ? [] : [[name, { json }]]))));
}

/** A selected value inside a map: text stays text. */
function jsonOf({ value, json }: Selected): JsonValue | undefined {
  if (json !== undefined) return json;
  if (value.kind === 'map') return value.map;
  return value.kind === 'list' ? value.list : textOf(value);
}

function binary(name: string): Result<never> {
  return bad(`the source \`${name}\` is binary, which a map or template cannot hold`, 'Give it an entry of its own.');
}
