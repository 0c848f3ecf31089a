import type { Reference } from '../contract/reference.ts';
import type { Format } from '../contract/secret-spec.ts';
import type { ResolvedStore } from '../stores/resolve.ts';
import type { KeyValues } from './keys.ts';

/** One file that the user asked for. */
export interface RequestedFile {
  /** Where it was written, for messages: a full annotation key or `keyfirst.dev/secrets[2]`. */
  readonly key: string;
  readonly file: string;
  /** One reference, or several by name. */
  readonly from: Reference | Readonly<Record<string, Reference>>;
  readonly template?: string;
  /** Absent: text as it is, a map by the file's extension. */
  readonly format?: Format;
  /** Of a PKCS#12 file. */
  readonly password?: Reference;
  /** Absent: what the pod's users allow. */
  readonly mode?: number;
  readonly optional: boolean;
  /** Absent: every container that the pod chooses. */
  readonly containers?: readonly string[];
}

/** What the pod asks for, typed and checked; `undefined` settings mean the cluster's default. */
export interface InjectionRequest {
  readonly files: readonly RequestedFile[];
  /** Values of the plain keys that the pod sets. */
  readonly values: KeyValues;
  /** Merged settings of each store that a file names: built-in defaults, cluster, pod. */
  readonly stores: ReadonlyMap<string, ResolvedStore>;
}

/** Every reference of a file. */
export function referencesOf({ from, password }: Pick<RequestedFile, 'from' | 'password'>): Reference[] {
  const sources = isReference(from) ? [from] : Object.values(from);
  return password === undefined ? sources : [...sources, password];
}

export function isReference(from: RequestedFile['from']): from is Reference {
  return typeof from.text === 'string';
}
