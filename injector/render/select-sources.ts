import type { Reference } from '../../src/contract/reference.ts';
import type { SecretValue } from '../providers/value.ts';
import { type Selected, selectProperty } from './property.ts';
import { type Entry, type Source, sourcesOf } from './references.ts';
import type { Problem, Result } from './result.ts';
import { textOf } from './text.ts';

/** A problem, and the source it concerns; without one it is the entry's. */
export interface EntryProblem extends Problem {
  readonly reference?: Reference;
}
export interface Problems {
  readonly ok: false;
  readonly problems: readonly EntryProblem[];
}

/** What a read gave; undefined when the secret does not exist and the entry is optional. */
export type Lookup = (reference: Reference) => SecretValue | undefined;

export type Present = Source & { readonly selected: Selected };
/** All that an entry is made from. */
export interface Selection {
  readonly sources: readonly Present[];
  readonly password: string | undefined;
}

/** What an entry's references select, all problems at once; no selection is an optional entry that misses one of them. */
export async function selectSources(
  spec: Pick<Entry, 'from' | 'password' | 'optional'>,
  lookup: Lookup,
): Promise<{ ok: true; selection: Selection | undefined } | Problems> {
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
  const sources: Present[] = [];
  let missing = false;
  for (const source of sourcesOf(spec)) {
    const selected = await select(source.reference);
    if (selected === undefined) missing = true;
    else sources.push({ ...source, selected });
  }
  const password = spec.password === undefined ? undefined : await select(spec.password);
  if (problems.length > 0) return { ok: false, problems };
  if (missing || (spec.password !== undefined && password === undefined)) return { ok: true, selection: undefined };
  return { ok: true, selection: { sources, password: password === undefined ? undefined : textOf(password.value) } };
}

export const EMPTY = {
  ok: false,
  absent: false,
  what: 'the value is empty',
  remedy: 'Store a value, or mark the entry `optional: true` to accept an empty one.',
} as const satisfies Result<never>;

export function isEmpty(secret: SecretValue): boolean {
  return (secret.kind === 'text' && secret.text === '') || (secret.kind === 'bytes' && secret.bytes.length === 0);
}
