import type { Reference } from '../../src/contract/reference.ts';
import { type Entry, referencesOf } from '../render/references.ts';

/** One object of a store and every entry that uses it; read once, so its properties are of one version. */
export interface Read {
  /** See `readId`. */
  readonly id: string;
  readonly store: string;
  readonly path: string;
  readonly parameters: ReadonlyMap<string, string>;
  /** The first reference to it, for messages. */
  readonly reference: string;
  /** The entries that need it, each once. */
  readonly specs: readonly Entry[];
}

/** Reads of files and variables by store, in the order of the entries and their sources. Same store, path and parameters (in any order) are one read. */
export function groupReads(entries: readonly Entry[]): ReadonlyMap<string, readonly Read[]> {
  const reads = new Map<string, Omit<Read, 'specs'> & { specs: Entry[] }>();
  for (const spec of entries) {
    for (const reference of referencesOf(spec)) {
      const { store, path, parameters, text } = reference;
      const id = readId(reference);
      const read = reads.get(id);
      if (read === undefined) reads.set(id, { id, store, path, parameters, reference: text, specs: [spec] });
      else if (!read.specs.includes(spec)) read.specs.push(spec);
    }
  }
  return Map.groupBy(reads.values(), ({ store }) => store);
}

/** The same for two references to one object of one version. */
export function readId({ store, path, parameters }: Reference): string {
  return JSON.stringify([store, path, [...parameters].map(String).sort()]);
}
