import type { VariableSpec } from '../../../src/contract/secret-spec.ts';
import { asMap, type JsonValue, type SecretValue } from '../../providers/value.ts';
import { flatText } from '../flat-text.ts';
import { formatValue } from '../formats.ts';
import { selectProperty } from '../property.ts';
import { bad, good, quoted, type Result } from '../result.ts';
import { EMPTY, type EntryProblem, type Lookup, type Problems, type Selection, selectSources } from '../select-sources.ts';
import { containerOf } from '../text.ts';
import { toBytes, wholeOf } from '../to-bytes.ts';
import { variableNames } from '../variable-names.ts';

/** One variable; without a value it is left out, because it is optional and not there. */
export interface NamedValue {
  readonly name: string;
  readonly value: Uint8Array | undefined;
}

/**
 * The variables of one entry in their order; every problem, each with the variable it concerns.
 *
 * | | required | optional |
 * |---|---|---|
 * | secret absent | fails | all its variables are left out |
 * | property absent, or null | fails | this variable is left out |
 * | empty text, or a template that writes nothing | fails | kept |
 * | any other problem | fails | fails |
 */
export async function variableValues(spec: VariableSpec, lookup: Lookup): Promise<{ ok: true; values: readonly NamedValue[] } | Problems> {
  const selected = await selectSources(spec, lookup);
  const known = spec.name === undefined ? Object.keys(spec.names ?? {}) : [spec.name];
  if (!selected.ok) return { ok: false, problems: selected.problems.map((problem) => about(spec.name, problem)) };
  const { selection } = selected;
  if (selection === undefined) return { ok: true, values: known.map((name) => ({ name, value: undefined })) };
  const results =
    spec.name === undefined ? await severalValues(spec, selection) : good(new Map([[spec.name, await toBytes(spec, selection)]]));
  if (!results.ok) return { ok: false, problems: [results] };
  const values: NamedValue[] = [];
  const problems: EntryProblem[] = [];
  for (const [name, result] of results.value) {
    const checked = result.ok && result.value.length === 0 && spec.optional !== true ? EMPTY : result;
    if (checked.ok) values.push({ name, value: checked.value });
    else if (checked.absent && spec.optional === true) values.push({ name, value: undefined });
    else problems.push(about(name, checked));
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, values };
}

type Results = Map<string, Result<Uint8Array>>;

async function severalValues(spec: VariableSpec, { sources }: Selection): Promise<Result<Results>> {
  const whole = wholeOf(sources);
  if (!whole.ok) return whole;
  if (spec.names === undefined) return everyKey(whole.value, spec);
  const results: Results = new Map();
  for (const [name, property] of Object.entries(spec.names)) {
    const selected = await selectProperty(whole.value, property);
    results.set(name, selected.ok ? await oneLine(selected.value.json ?? null) : { ...selected, remedy: REMEDY });
  }
  return good(results);
}

const REMEDY = 'Correct the property that `env` names, or store a JSON object that has it.';

async function everyKey(secret: SecretValue, { prefix = '', optional }: VariableSpec): Promise<Result<Results>> {
  const map = asMap(containerOf(secret));
  if (map === undefined) return bad('the secret is no map, so it has no keys to make variables of', 'Name the variable in `env`.');
  const { names, problems } = variableNames(Object.keys(map), prefix);
  if (problems.length > 0) return bad(problems.join('; '), 'Name the variables one by one with a map in `env`, or deliver a file.');
  if (names.size === 0 && optional !== true)
    return bad('the secret has no keys, hence no variables', 'Store some, or mark the entry `optional: true`.');
  const results: Results = new Map();
  for (const [key, name] of names) {
    const json = map[key] ?? null;
    results.set(name, json === null ? { ...ABSENT, what: `the key ${quoted(key)} is null` } : await oneLine(json));
  }
  return good(results);
}

const ABSENT = { ok: false, absent: true, remedy: 'Store a value, or mark the entry `optional: true`.' } as const;

async function oneLine(json: JsonValue): Promise<Result<Uint8Array>> {
  const text = flatText(json);
  return text === '' ? good(new Uint8Array()) : formatValue({ kind: 'text', text }, { format: 'raw' });
}

/** Problems of the whole entry concern its only variable, if it has but one. */
function about(name: string | undefined, problem: EntryProblem): EntryProblem {
  return name === undefined ? problem : { ...problem, what: `variable ${quoted(name)}: ${problem.what}` };
}
