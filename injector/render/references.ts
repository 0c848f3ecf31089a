import type { Reference } from '../../src/contract/reference.ts';
import type { SecretSpec, VariableSpec } from '../../src/contract/secret-spec.ts';

/** What is asked for: a file or variables. */
export type Entry = SecretSpec | VariableSpec;

/** One or several sources of an entry; `name` is absent when there is but one without a name. */
export interface Source {
  readonly name?: string;
  readonly reference: Reference;
}

/** The sources of an entry's value, in the user's order. */
export function sourcesOf({ from }: Pick<Entry, 'from'>): Source[] {
  return isReference(from) ? [{ reference: from }] : Object.entries(from).map(([name, reference]) => ({ name, reference }));
}

/** Every reference of an entry, its password's last. */
export function referencesOf(entry: Pick<Entry, 'from' | 'password'>): Reference[] {
  const references = sourcesOf(entry).map(({ reference }) => reference);
  return entry.password === undefined ? references : [...references, entry.password];
}

function isReference(from: Entry['from']): from is Reference {
  return 'parameters' in from && from.parameters instanceof Map;
}
