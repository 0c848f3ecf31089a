import type { Reference } from '../contract/reference.ts';
import type { Format } from '../contract/secret-spec.ts';
import type { KeyValues } from './keys.ts';

/** One file that the user asked for. */
export interface RequestedFile {
  /** Where it was written, for messages: a full annotation key or `keyfirst.dev/secrets[2]`. */
  readonly key: string;
  readonly file: string;
  readonly from: Reference;
  /** Absent: text as it is, a map by the file's extension. */
  readonly format?: Format;
  /** Absent: what the pod's users allow. */
  readonly mode?: number;
  readonly optional: boolean;
}

/** What the pod asks for, typed and checked; `undefined` settings mean the cluster's default. */
export interface InjectionRequest {
  readonly files: readonly RequestedFile[];
  /** Values of the plain keys that the pod sets. */
  readonly values: KeyValues;
  /** Merged settings of each store that a file names: built-in defaults, cluster, pod. */
  readonly stores: ReadonlyMap<string, ResolvedStore>;
}

export interface ResolvedStore {
  readonly name: string;
  readonly settings: Readonly<Record<string, string>>;
}
