import type { GcpSmStore } from '../../../src/contract/provider.ts';
import { HttpRefusal } from '../http/answer.ts';
import type { Http } from '../http/http.ts';
import { readIdentityToken } from '../identity-token.ts';
import type { ProviderDeps } from '../provider.ts';
import { ProviderError } from '../provider-error.ts';
import { asMap } from '../value.ts';
import { googlePeer, refusalOf } from './google-error.ts';
import { audienceOf } from './principal.ts';

/** What every token of ours may be used for; the roles of the principal decide the rest. */
export const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

type Federation = NonNullable<GcpSmStore['federation']>;

/** Trades the projected token for an access token of the federated principal (RFC 8693) at the base URL `sts`. */
export async function federatedToken(
  http: Http,
  sts: string,
  federation: Federation,
  deps: ProviderDeps,
  signal: AbortSignal,
): Promise<string> {
  const peer = googlePeer("Google's token service", sts, 'sts-endpoint');
  const body = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    audience: audienceOf(federation),
    scope: SCOPE,
    requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    subject_token: readIdentityToken(federation.tokenFile, deps),
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
  });
  const { json } = await http(peer, { method: 'POST', url: `${sts}/v1/token`, body, signal }).catch((error: unknown) => {
    throw error instanceof HttpRefusal ? refused(error, federation) : error;
  });
  const token = asMap(json)?.access_token;
  if (typeof token === 'string' && token !== '') return token;
  throw new ProviderError('protocol', `${peer.place} answered without an access token`, { remedy: peer.reachable });
}

function refused(error: HttpRefusal, { workloadIdentityProvider: provider }: Federation): ProviderError {
  const details = { status: error.status };
  const what = `Google does not accept the pod's token${error.words}`;
  switch (refusalOf(error).status) {
    case 'invalid_target':
    case 'invalid_request':
      return new ProviderError('login-refused', what, {
        ...details,
        remedy: `Check the setting \`workload-identity-provider\`: \`gcloud iam workload-identity-pools providers describe ${provider}\` must show it with state ACTIVE; it takes the project's number, not its id.`,
      });
    case 'unauthorized_client':
      return new ProviderError('login-refused', what, {
        ...details,
        remedy: `Let the attribute condition of ${provider} accept this subject.`,
      });
    default:
      return new ProviderError('login-refused', what, {
        ...details,
        remedy: `Let ${provider} trust this cluster: issuer-uri equal to the cluster's issuer (\`kubectl get --raw /.well-known/openid-configuration\`), its JWKS uploaded if Google cannot fetch it, attribute mapping google.subject=assertion.sub, and this audience among the allowed ones.`,
      });
  }
}
