import type { AgentOptions } from 'node:https';
import nodeVault from 'node-vault';
import type { VaultStore } from '../../../src/contract/provider.ts';
import { extraCa } from '../extra-ca.ts';
import { ProviderError } from '../provider-error.ts';
import { asMap, type JsonObject, type JsonValue } from '../value.ts';
import { createTransport, type VaultRequest } from './transport.ts';

/** The two requests we make. Bodies of good answers; failures as the transport throws them. */
export interface VaultClient {
  readonly place: string;
  get(path: string, signal: AbortSignal): Promise<JsonObject>;
  post(path: string, body: object, signal: AbortSignal): Promise<JsonObject>;
  useToken(token: string): void;
}

/** node-vault on our transport. Paths are API paths below `/v1/`, percent-encoded by the caller. */
export async function createClient(config: VaultStore, root: string): Promise<VaultClient> {
  const { address } = config;
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol)) {
    throw new ProviderError('invalid', 'the setting `address` is no http or https URL', {
      remedy: 'Write it like `https://vault.example.com:8200`.',
    });
  }
  const place = `Vault at ${address}`;
  const transport = createTransport(place, await tlsOptions(config, root));
  const client = nodeVault({
    endpoint: address,
    // node-vault prints requests, tokens included, when the variable DEBUG says so.
    debug: () => undefined,
    commands: {},
    'request-promise': { defaults: () => transport },
  });
  let headers: Record<string, string> = config.namespace === undefined ? {} : { 'X-Vault-Namespace': config.namespace };
  // node-vault would take these from the environment.
  Object.assign(client, { token: undefined, namespace: undefined, pathPrefix: '' });
  const request = async (options: Omit<VaultRequest, 'uri' | 'headers'> & { path: string }): Promise<JsonObject> => {
    const body: JsonValue = await client.request({ ...options, headers: { ...headers } });
    return asMap(body) ?? {};
  };
  return {
    place,
    get: (path, signal) => request({ method: 'GET', path: `/${path}`, signal }),
    post: (path, json, signal) => request({ method: 'POST', path: `/${path}`, json, signal }),
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
