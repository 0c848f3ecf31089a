import type { Reference } from '../../src/contract/reference.ts';
import type { SecretSpec } from '../../src/contract/secret-spec.ts';
import { asMap, type JsonValue, type SecretValue, toValue } from '../providers/value.ts';
import { formatValue } from './formats.ts';
import { type Selected, selectProperty } from './property.ts';
import { type Source, sourcesOf } from './references.ts';
import { bad, good, type Problem, type Result } from './result.ts';
import type { TemplateValue } from './template-value.ts';
import { containerOf, textOf } from './text.ts';

/** A file as it will be written. */
export interface RenderedFile {
  /** Below the volume or the view, `/` between parts. */
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Permission bits. */
  readonly mode: number;
}

/** A problem, and the source it concerns; without one it is the entry's. */
export interface EntryProblem extends Problem {
  readonly reference?: Reference;
}
export type Rendered = { ok: true; file: RenderedFile | undefined } | { ok: false; problems: readonly EntryProblem[] };

/** What a read gave; undefined when the secret does not exist and the entry is optional. */
export type Lookup = (reference: Reference) => SecretValue | undefined;

/**
 * The file of one entry from the secrets it names: property, template, format. No file is an optional entry that misses one
 * of its sources.
 *
 * | | required | optional |
 * |---|---|---|
 * | secret or property absent | fails | the whole entry is left out |
 * | empty text, or nothing to write | fails | written |
 * | any other problem | fails | fails |
 */
export async function render(spec: SecretSpec, lookup: Lookup): Promise<Rendered> {
  const optional = spec.optional === true;
  const problems: EntryProblem[] = [];
  const select = async (reference: Reference): Promise<Selected | undefined> => {
    const secret = lookup(reference);
    const selected: Result<Selected> | undefined = secret === undefined ? undefined : await selectProperty(secret, reference.property);
    if (selected === undefined || (!selected.ok && selected.absent && optional)) return undefined;
    const checked = selected.ok && !optional && isEmpty(selected.value.value) ? EMPTY : selected;
    if (!checked.ok) problems.push({ reference, what: checked.what, remedy: checked.remedy });
    return checked.ok ? checked.value : undefined;
  };
  const sources: (Source & { readonly selected: Selected | undefined })[] = [];
  for (const source of sourcesOf(spec)) sources.push({ ...source, selected: await select(source.reference) });
  const password = spec.password === undefined ? undefined : await select(spec.password);
  if (problems.length > 0) return { ok: false, problems };
  const there = sources.flatMap(({ selected, ...source }) => (selected === undefined ? [] : [{ ...source, selected }]));
  if (there.length < sources.length || (spec.password !== undefined && password === undefined)) return { ok: true, file: undefined };
  const bytes = await toBytes(spec, there, password === undefined ? undefined : textOf(password.value));
  if (!bytes.ok) return { ok: false, problems: [bytes] };
  if (bytes.value.length === 0 && !optional) return { ok: false, problems: [EMPTY] };
  return { ok: true, file: { path: spec.file, bytes: bytes.value, mode: spec.mode } };
}

const EMPTY = {
  ok: false,
  absent: false,
  what: 'the value is empty',
  remedy: 'Store a value, or mark the entry `optional: true` to accept an empty file.',
} as const satisfies Result<never>;

type Present = Source & { readonly selected: Selected };

async function toBytes(spec: SecretSpec, sources: readonly Present[], password: string | undefined): Promise<Result<Uint8Array>> {
  const [first] = sources;
  const single = first !== undefined && first.name === undefined ? first.selected : undefined;
  // Empty text has no form, yet an optional entry accepts it whatever its format.
  if (single !== undefined && isEmpty(single.value)) return good(new Uint8Array());
  if (spec.template === undefined) {
    const value = single === undefined ? mapOf(sources) : good(single.value);
    return value.ok ? formatValue(value.value, spec, password) : value;
  }
  const values = single === undefined ? templateValues(sources) : keysOf(single.value);
  if (!values.ok) return values;
  const { renderTemplate } = await import('./template/index.ts');
  const text = renderTemplate(spec.template, values.value);
  return text.ok ? formatValue({ kind: 'text', text: text.value }, spec, password) : text;
}

/** Several sources as one map. */
function mapOf(sources: readonly Present[]): Result<SecretValue> {
  const entries: [string, JsonValue][] = [];
  for (const { name = '', selected } of sources) {
    const json = jsonOf(selected);
    if (json === undefined) return binary(name);
    entries.push([name, json]);
  }
  return good(toValue(Object.fromEntries(entries)));
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

function isEmpty(secret: SecretValue): boolean {
  return (secret.kind === 'text' && secret.text === '') || (secret.kind === 'bytes' && secret.bytes.length === 0);
}
