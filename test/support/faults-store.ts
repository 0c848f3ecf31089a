import type { StoreConfig } from '../../src/contract/provider.ts';
import type { ProxiedRequest, Upstream } from './faults-proxy.ts';

const CANARY = 'c4n4ry-$(X)-$$-"quoted"-ünï\r\n\n';
const LINE = `${'c4n4ry ü 64 characters a line and hardly an escape'.padEnd(63, '.')}\n`;

/** What every store holds, by the name of the object. */
export const VALUES = {
  first: `first ${CANARY}`,
  second: `second ${CANARY}`,
  'one-mb': LINE.repeat(Math.ceil(1_000_000 / Buffer.byteLength(LINE))),
  'five-mb': LINE.repeat(Math.ceil(5_000_000 / Buffer.byteLength(LINE))),
} as const;
export type ValueName = keyof typeof VALUES;

/** What stands in a store that cannot hold the value, for the proxy to replace. */
export const PLACEHOLDER = 'too large for the store';

/** What no run may print: the values as they are, in JSON and in base64, and credentials of every store. */
export const UNPRINTABLE = ['c4n4ry', Buffer.from(VALUES.first).toString('base64').slice(4, 24), 'eyJ', 'hvs.', 'ya29.', 'pul-'];

/** Where the box has the projected token. */
export const TOKEN_FILE = '/keyfirst/identity/vault';

/** A real server, or a double, with its values and an identity that may read them. */
export interface OpenStore extends AsyncDisposable {
  /** Settings of the store behind a proxy. */
  config(proxy: string): StoreConfig;
  /** Settings without one. */
  readonly direct: StoreConfig;
  /** What then vouches for the store, PEM. */
  readonly ca?: string;
  /** The object as a reference; each is asked for by requests of its own, which name it. */
  reference(name: ValueName): string;
  /** A projected ServiceAccount token. */
  token(): string;
  upstreamOf(request: ProxiedRequest): Upstream;
  isLogin(request: ProxiedRequest): boolean;
  /** A value that the server refuses to hold: it has `PLACEHOLDER`, which the proxy replaces. */
  readonly tooLarge?: ValueName;
  /** Whether only TLS will do. */
  readonly tls?: boolean;
  /** Requests that one read takes. */
  readonly readRequests: number;
  /** Requests that a run without a fault takes. */
  readonly requests: number;
  /** Further requests when a batch fails for good: each read alone, to tell the good from the bad. */
  readonly singleReads?: number;
}

/** Puts every value, one after the other. */
export async function eachValue(put: (name: ValueName, value: string) => Promise<unknown>): Promise<void> {
  for (const [name, value] of Object.entries(VALUES)) await put(name as ValueName, value);
}

/** Ends servers in order. */
export async function closeAll(...servers: readonly AsyncDisposable[]): Promise<void> {
  for (const server of servers) await server[Symbol.asyncDispose]();
}
