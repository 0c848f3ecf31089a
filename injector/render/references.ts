import type { Reference } from '../../src/contract/reference.ts';
import type { SecretSpec } from '../../src/contract/secret-spec.ts';

/** One or several sources of an entry; `name` is absent when there is but one without a name. */
export interface Source {
  readonly name?: string;
  readonly reference: Reference;
}

/** The sources of an entry's value, in the user's order. */
export function sourcesOf({ from }: Pick<SecretSpec, 'from'>): Source[] {
  return isReference(from) ? [{ reference: from }] : Object.entries(from).map(([name, reference]) => ({ name, reference }));
}

/** Every reference of an entry, its password's last. */
export function referencesOf(spec: Pick<SecretSpec, 'from' | 'password'>): Reference[] {
  const references = sourcesOf(spec).map(({ reference }) => reference);
  return spec.password === undefined ? references : [...references, spec.password];
}

function isReference(from: SecretSpec['from']): from is Reference {
  return 'parameters' in from && from.parameters instanceof Map;
}
