import type { ProviderErrorCode } from './providers/provider-error.ts';

/** Every reason why the injector ends without delivering; a store's reasons and our own. */
export type FailureCode = ProviderErrorCode | 'config' | 'value' | 'write' | 'stopped' | 'bug';

/** One thing that went wrong, in words for the pod's owner. Holds names, never a value. */
export interface Failure {
  readonly code: FailureCode;
  /** Where the user asked for it, for example `keyfirst.dev/file.db.json`; empty when it concerns no single secret. */
  readonly key: string;
  /** The reference as written; empty like `key`. */
  readonly reference: string;
  /** Name of the store, where one is concerned. */
  readonly store?: string | undefined;
  /** What happened, without a final full stop. */
  readonly what: string;
  /** HTTP status of the store's answer. */
  readonly status?: number | undefined;
  /** Who read; see `Store.identity`. */
  readonly identity?: string | undefined;
  /** What to do, a sentence. */
  readonly remedy: string;
}
