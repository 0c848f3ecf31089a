import type { SecretSpec } from '../../src/contract/secret-spec.ts';

/** One object of a store and every entry that uses it; read once, so its properties are of one version. */
export interface Read {
  readonly store: string;
  readonly path: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly specs: readonly SecretSpec[];
}

/** Reads by store, in the order of the entries. Same store, path and parameters (in any order) are one read. */
export function groupReads(secrets: readonly SecretSpec[]): ReadonlyMap<string, readonly Read[]> {
  const reads = new Map<string, Omit<Read, 'specs'> & { specs: SecretSpec[] }>();
  for (const spec of secrets) {
    const { store, path, parameters } = spec.from;
    const id = JSON.stringify([store, path, [...parameters].map(String).sort()]);
    const read = reads.get(id);
    if (read === undefined) reads.set(id, { store, path, parameters, specs: [spec] });
    else read.specs.push(spec);
  }
  return Map.groupBy(reads.values(), ({ store }) => store);
}
