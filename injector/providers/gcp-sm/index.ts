import type { GcpSmStore } from '../../../src/contract/provider.ts';
import { extraCa } from '../extra-ca.ts';
import { HttpRefusal } from '../http/answer.ts';
import { baseUrl } from '../http/base-url.ts';
import { createHttp } from '../http/http.ts';
import type { ProviderDeps, SecretRead, Store } from '../provider.ts';
import { accessToken } from './access-token.ts';
import { googlePeer } from './google-error.ts';
import { parseName, type SecretName } from './name.ts';
import { parsePayload } from './payload.ts';
import { principalOf } from './principal.ts';
import { readRefused } from './refusal.ts';

/**
 * Google Secret Manager, global and regional, over its REST API. We call it ourselves: with `@googleapis/secretmanager` and
 * `google-auth-library`, even on a transport of ours, one read took 133 ms in place of 49 (104 ms more of CPU), mostly for
 * modules that a GET with a token does not need.
 */
export async function openGcpSm(
  config: GcpSmStore,
  deps: ProviderDeps,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Store> {
  const http = createHttp(() => extraCa(config.caDirectory, deps.root), deps.connections);
  const principal = principalOf(config, deps.identity);
  const place = endpointOf(config, undefined);
  const source = { http, config, principal, deps, metadataHost: env.GCE_METADATA_HOST || undefined };
  /** Two spellings of one version (`p/s`, `projects/p/secrets/s/versions/latest`) share one answer. */
  const answers = new Map<string, Promise<SecretRead>>();
  let token = '';

  async function access(name: SecretName, signal: AbortSignal): Promise<SecretRead> {
    const base = endpointOf(config, name.location);
    const peer = googlePeer('Google Secret Manager', base, 'endpoint');
    const url = `${base}/v1/${name.resource}:access`;
    const { json } = await http(peer, { method: 'GET', url, headers: { authorization: `Bearer ${token}` }, signal });
    return parsePayload(json, peer.place);
  }

  return {
    identity: principal.identity,
    place: `Google Secret Manager at ${place}`,
    async connect(signal) {
      token = await accessToken(source, signal);
    },
    async read(path, parameters, signal) {
      const name = parseName(path, parameters);
      const earlier = answers.get(name.resource);
      if (earlier !== undefined) return earlier;
      const answer = access(name, signal).catch((error: unknown) => {
        // A failure must not stay: the next attempt asks again.
        answers.delete(name.resource);
        throw error instanceof HttpRefusal ? readRefused(error, name, principal) : error;
      });
      answers.set(name.resource, answer);
      return answer;
    },
  };
}

/** Base URL for a secret: a regional one lives at its region's own host. A set endpoint serves all. */
function endpointOf({ endpoint }: GcpSmStore, location: string | undefined): string {
  const host = location === undefined ? 'secretmanager.googleapis.com' : `secretmanager.${location}.rep.googleapis.com`;
  return baseUrl('endpoint', endpoint, `https://${host}`);
}
