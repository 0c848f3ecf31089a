import type { AgentOptions } from 'node:https';
import type { VaultStore } from '../../../src/contract/provider.ts';
import { extraCa } from '../extra-ca.ts';
import type { ProviderDeps } from '../provider.ts';
import { ProviderError } from '../provider-error.ts';
import { asMap, type JsonObject } from '../value.ts';
import { createTransport, type VaultRequest } from './transport.ts';

/** The two requests we make. Bodies of good answers; failures as the transport throws them. */
export interface VaultClient {
  readonly place: string;
  get(path: string, signal: AbortSignal): Promise<JsonObject>;
  post(path: string, body: object, signal: AbortSignal): Promise<JsonObject>;
  useToken(token: string): void;
}

/** Vault's HTTP API. Paths are API paths below `/v1/`, percent-encoded by the caller. */
export async function createClient(
  config: VaultStore,
  { root, connections }: Pick<ProviderDeps, 'root' | 'connections'>,
): Promise<VaultClient> {
  const { address } = config;
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol)) {
    throw new ProviderError('invalid', 'the setting `address` is no http or https URL', {
      remedy: 'Write it like `https://vault.example.com:8200`.',
    });
  }
  const place = `Vault at ${address}`;
  const send = createTransport(place, await tlsOptions(config, root), connections);
  const base = `${address.replace(/\/+$/, '')}/v1/`;
  let headers: Record<string, string> = config.namespace === undefined ? {} : { 'X-Vault-Namespace': config.namespace };
  const request = async (method: VaultRequest['method'], path: string, signal: AbortSignal, body?: object): Promise<JsonObject> =>
    asMap(await send({ method, url: base + path, headers, body, signal })) ?? {};
  return {
    place,
    get: (path, signal) => request('GET', path, signal),
    post: (path, body, signal) => request('POST', path, signal, body),
    useToken(token) {
      headers = { ...headers, 'X-Vault-Token': token };
    },
  };
}

async function tlsOptions({ address, caDirectory, tlsServerName }: VaultStore, root: string): Promise<AgentOptions> {
  if (!address.startsWith('https:')) return {};
  const name = tlsServerName === undefined ? {} : { servername: tlsServerName };
  return { ...name, ...(await extraCa(caDirectory, root)) };
}
