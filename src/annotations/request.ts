import type { Reference } from '../contract/reference.ts';
import type { Format } from '../contract/secret-spec.ts';
import type { ResolvedStore } from '../stores/resolve.ts';
import type { KeyValues } from './keys.ts';

/** One value that the user asked for. */
export interface RequestedSource {
  /** Where it was written, for messages: a full annotation key or `keyfirst.dev/secrets[2]`. */
  readonly key: string;
  /** One reference, or several by name. */
  readonly from: Reference | Readonly<Record<string, Reference>>;
  readonly template?: string;
  /** Absent: text as it is, a map by the file's extension. */
  readonly format?: Format;
  /** Of a PKCS#12 file. */
  readonly password?: Reference;
  readonly optional: boolean;
  /** Absent: every container that the pod chooses. */
  readonly containers?: readonly string[];
}

/** A value that becomes a file. */
export interface RequestedFile extends RequestedSource {
  readonly file: string;
  /** Absent: what the pod's users allow. */
  readonly mode?: number;
}

/** A value that becomes environment variables. */
export interface RequestedVariables extends RequestedSource {
  readonly variables: Variables;
}

/** One variable; or several, each with its property of the secret; or one for every key of the map, named `prefix` and the key. */
export type Variables =
  | { readonly kind: 'one'; readonly name: string }
  | { readonly kind: 'each'; readonly names: Readonly<Record<string, string>> }
  | { readonly kind: 'all'; readonly prefix: string };

/** What the pod asks for, typed and checked; `undefined` settings mean the cluster's default. */
export interface InjectionRequest {
  readonly files: readonly RequestedFile[];
  readonly variables: readonly RequestedVariables[];
  /** Values of the plain keys that the pod sets. */
  readonly values: KeyValues;
  /** Merged settings of each store that a file names: built-in defaults, cluster, pod. */
  readonly stores: ReadonlyMap<string, ResolvedStore>;
}

/** Every reference of an entry. */
export function referencesOf({ from, password }: Pick<RequestedSource, 'from' | 'password'>): Reference[] {
  const sources = isReference(from) ? [from] : Object.values(from);
  return password === undefined ? sources : [...sources, password];
}

export function isReference(from: RequestedSource['from']): from is Reference {
  return typeof from.text === 'string';
}

/** The names of an entry's variables as far as they are known before the secret is read. */
export function namesOf({ variables }: Pick<RequestedVariables, 'variables'>): string[] {
  switch (variables.kind) {
    case 'one':
      return [variables.name];
    case 'each':
      return Object.keys(variables.names);
    case 'all':
      return [];
    default:
      return variables satisfies never;
  }
}

/** Entries by the names that they set, as far as those are known. */
export function byVariableName(entries: readonly RequestedVariables[]): Map<string, RequestedVariables[]> {
  const byName = new Map<string, RequestedVariables[]>();
  for (const entry of entries) {
    for (const name of namesOf(entry)) {
      const known = byName.get(name);
      if (known === undefined) byName.set(name, [entry]);
      else known.push(entry);
    }
  }
  return byName;
}
