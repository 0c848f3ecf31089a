import { HttpRefusal } from '../http/answer.ts';
import { baseUrl } from '../http/base-url.ts';
import type { Http } from '../http/http.ts';
import type { Peer } from '../http/peer.ts';
import { ProviderError } from '../provider-error.ts';
import { asMap } from '../value.ts';

/** By number: names may not resolve yet in a pod's first seconds, when the server itself is not there either. */
const ADDRESS = 'http://169.254.169.254';
/** Milliseconds for one call: the server is on the node, and a packet that nobody answers should not use up an attempt. */
const PATIENCE = 4_000;
const ACCOUNT = '/computeMetadata/v1/instance/service-accounts/default';

export interface MetadataServer {
  /** An access token of the pod's identity. */
  token(signal: AbortSignal): Promise<string>;
  /** Whether that identity is the Google service account `email` already. */
  isAccount(email: string, signal: AbortSignal): Promise<boolean>;
}

/** GKE's metadata server; `host` is what `GCE_METADATA_HOST` says, a host with or without a port, or a base URL. */
export function metadataServer(http: Http, host: string | undefined): MetadataServer {
  const base = baseUrl('GCE_METADATA_HOST', host === undefined || /^https?:\/\//.test(host) ? host : `http://${host}`, ADDRESS);
  const peer: Peer = {
    place: `GKE's metadata server at ${base}`,
    speaker: 'GKE',
    reachable:
      'Outside GKE set `workload-identity-provider`. On GKE let the node pool have `--workload-metadata=GKE_METADATA`, and network policies allow 169.254.169.254 on port 80 (on Dataplane V1 also 169.254.169.252 on port 988).',
    message: () => undefined,
  };

  async function ask(path: string, signal: AbortSignal) {
    const patience = AbortSignal.timeout(PATIENCE);
    const options = { method: 'GET', headers: { 'metadata-flavor': 'Google' }, signal: AbortSignal.any([signal, patience]) } as const;
    return http(peer, { ...options, url: base + ACCOUNT + path }).catch((error: unknown) => {
      throw error instanceof HttpRefusal || (error instanceof ProviderError && error.code === 'protocol') ? refused(peer, error) : error;
    });
  }

  return {
    async token(signal) {
      const { json } = await ask('/token', signal);
      const token = asMap(json)?.access_token;
      if (typeof token === 'string' && token !== '') return token;
      throw new ProviderError('protocol', `${peer.place} answered without an access token`, { remedy: peer.reachable });
    },
    async isAccount(email, signal) {
      // As JSON, since that is all our transport reads.
      const { json } = await ask('/?recursive=true&alt=json', signal);
      return asMap(json)?.email === email;
    },
  };
}

/** Its refusals are plain text, or JSON when asked so: either way they say that this pod has no identity here. */
function refused(peer: Peer, { status }: HttpRefusal | ProviderError): ProviderError {
  return new ProviderError('login-refused', `${peer.place} gives this pod no identity`, { status, remedy: peer.reachable });
}
