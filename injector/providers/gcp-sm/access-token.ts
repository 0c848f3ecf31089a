import type { GcpSmStore } from '../../../src/contract/provider.ts';
import { baseUrl } from '../http/base-url.ts';
import type { Http } from '../http/http.ts';
import type { ProviderDeps } from '../provider.ts';
import { federatedToken } from './federation.ts';
import { iamEndpoint, impersonatedToken } from './impersonation.ts';
import { metadataServer } from './metadata-server.ts';
import type { Principal } from './principal.ts';

/** What a store of Google's makes a token with; `metadataHost` is the variable `GCE_METADATA_HOST`. */
export interface TokenSource {
  readonly http: Http;
  readonly config: GcpSmStore;
  readonly principal: Principal;
  readonly deps: ProviderDeps;
  readonly metadataHost: string | undefined;
}

/**
 * An access token for Secret Manager: the projected token exchanged, or GKE's metadata server asked; then, where a service
 * account is set, traded for one of it. Every token is told to the scrubber. `google-auth-library` does the same in
 * 62 ms more; a test holds its requests against ours.
 */
export async function accessToken({ http, config, principal, deps, metadataHost }: TokenSource, signal: AbortSignal): Promise<string> {
  const { federation, serviceAccount } = config;
  const sts = baseUrl('sts-endpoint', config.stsEndpoint, 'https://sts.googleapis.com');
  const metadata = metadataServer(http, metadataHost);
  const token = federation === undefined ? await metadata.token(signal) : await federatedToken(http, sts, federation, deps, signal);
  deps.keepSecret(token);
  if (serviceAccount === undefined) return token;
  // A Kubernetes service account annotated for GKE acts as the Google one already, and may not be allowed to act as itself.
  if (federation === undefined && (await metadata.isAccount(serviceAccount, signal))) return token;
  const impersonated = await impersonatedToken(http, iamEndpoint(sts), serviceAccount, token, principal, signal);
  deps.keepSecret(impersonated);
  return impersonated;
}
