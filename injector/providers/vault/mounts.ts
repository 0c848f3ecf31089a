import { asMap } from '../value.ts';
import type { VaultClient } from './client.ts';
import { encodePath } from './path.ts';
import { VaultRefusal } from './response.ts';

/** Where a path lies: version 2 of the KV engine, another engine, or unknown because Vault does not tell this role. */
export interface Mount {
  readonly kind: 'kv2' | 'other' | 'unknown';
  /** Of the mount, with the slash at its end; empty when unknown. */
  readonly path: string;
}
const UNKNOWN: Mount = { kind: 'unknown', path: '' };

/** Asks Vault once a mount. Mounts never nest, so the beginning of a path tells a known one. */
export class Mounts {
  readonly #client: VaultClient;
  readonly #known: Mount[] = [];
  readonly #asking = new Map<string, Promise<Mount>>();

  constructor(client: VaultClient) {
    this.#client = client;
  }

  async of(path: string, signal: AbortSignal): Promise<Mount> {
    const known = this.#find(path);
    if (known !== undefined) return known;
    // Reads start at the same time: those with a common first part wait for one answer, which mostly serves them all.
    const head = path.split('/', 1)[0] ?? path;
    const earlier = this.#asking.get(head);
    const answer = (earlier ?? Promise.resolve(UNKNOWN)).then(() => this.#find(path) ?? this.#ask(path, signal));
    this.#asking.set(head, answer);
    try {
      return await answer;
    } finally {
      // A failure must not stay: the next attempt asks again.
      if (this.#asking.get(head) === answer) this.#asking.delete(head);
    }
  }

  #find(path: string): Mount | undefined {
    return this.#known.find((mount) => `${path}/`.startsWith(mount.path));
  }

  async #ask(path: string, signal: AbortSignal): Promise<Mount> {
    let body: Awaited<ReturnType<VaultClient['get']>>;
    try {
      body = await this.#client.get(`sys/internal/ui/mounts/${encodePath(path)}`, signal);
    } catch (error) {
      // Refused, or a server without this endpoint: the path is then read as it is.
      if (error instanceof VaultRefusal) return UNKNOWN;
      throw error;
    }
    const data = asMap(body.data);
    const at = data?.path;
    if (typeof at !== 'string' || at === '') return UNKNOWN;
    const version = asMap(data?.options)?.version;
    const mount: Mount = { kind: data?.type === 'kv' && version === '2' ? 'kv2' : 'other', path: at.endsWith('/') ? at : `${at}/` };
    this.#known.push(mount);
    return mount;
  }
}
