import type { Redacted } from '../../src/common/redacted.ts';
import type { InjectorConfig } from '../../src/contract/injector-config.ts';
import type { ProviderError } from './provider-error.ts';
import type { SecretValue } from './value.ts';

/** One store, opened with its settings. Every failure is a `ProviderError`. */
export interface Store {
  /** Who reads, for messages: service account, role, audience. */
  readonly identity: string;
  /** What is asked, for messages, for example `Vault at https://vault.example.com:8200`. */
  readonly place: string;
  /** Proves the pod's identity; called once before the first read, again only if it failed. */
  connect(signal: AbortSignal): Promise<void>;
  /** One secret as a whole; `path` and `parameters` are a reference's. */
  read(path: string, parameters: ReadonlyMap<string, string>, signal: AbortSignal): Promise<SecretRead>;
  /** Absent where the store answers for one secret a request. */
  readonly batches?: Batches;
}

/** What is read: a reference's path and parameters. */
export interface Asked {
  readonly path: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** How a store reads several secrets with one request. */
export interface Batches {
  /** Most secrets of one request. */
  readonly size: number;
  /** Secrets of one group may share a request; undefined: this one needs its own. Throws a `ProviderError` for what `read` refuses too. */
  group(asked: Asked): string | undefined;
  /** In the order asked: the secret, its refusal, or undefined where only a single read can tell. */
  read(asked: readonly Asked[], signal: AbortSignal): Promise<readonly (SecretRead | ProviderError | undefined)[]>;
}

export interface SecretRead {
  readonly value: Redacted<SecretValue>;
  /** The store's id of this version, where it has versions. */
  readonly version?: string | undefined;
  /** Seconds until a leased value dies: the shorter of lease and login token. */
  readonly expiresIn?: number | undefined;
}

/** What the outside world is to a provider. */
export interface ProviderDeps {
  /** Prefix of every absolute path. */
  readonly root: string;
  readonly identity: InjectorConfig['identity'];
  /** Most connections to the store at a time. */
  readonly connections: number;
  /** Tells the log scrubber a credential that the provider learnt. */
  readonly keepSecret: (credential: string) => void;
}
