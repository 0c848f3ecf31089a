import { HttpRefusal } from '../http/answer.ts';
import type { Http } from '../http/http.ts';
import { ProviderError } from '../provider-error.ts';
import { asMap } from '../value.ts';
import { SCOPE } from './federation.ts';
import { googlePeer, refusalOf } from './google-error.ts';
import type { Principal } from './principal.ts';

/** An access token of the Google service account `email`, asked for with the pod's own, at the base URL `iam`. */
export async function impersonatedToken(
  http: Http,
  iam: string,
  email: string,
  token: string,
  principal: Principal,
  signal: AbortSignal,
): Promise<string> {
  const peer = googlePeer("Google's IAM Credentials service", iam, 'sts-endpoint');
  const { json } = await http(peer, {
    method: 'POST',
    url: `${iam}/v1/projects/-/serviceAccounts/${encodeURIComponent(email).replace('%40', '@')}:generateAccessToken`,
    headers: { authorization: `Bearer ${token}` },
    body: { scope: [SCOPE] },
    signal,
  }).catch((error: unknown) => {
    throw error instanceof HttpRefusal ? refused(error, email, principal) : error;
  });
  const accessToken = asMap(json)?.accessToken;
  if (typeof accessToken === 'string' && accessToken !== '') return accessToken;
  throw new ProviderError('protocol', `${peer.place} answered without an access token`, { remedy: peer.reachable });
}

/**
 * Where IAM Credentials is, for a token service at `sts`: the same host with `iamcredentials` in place of `sts` at its
 * beginning (private and regional endpoints of Google are named so), else the same address.
 */
export function iamEndpoint(sts: string): string {
  return sts.replace(/^(https?:\/\/)sts(?=[.-])/, '$1iamcredentials');
}

function refused(error: HttpRefusal, email: string, { pod }: Principal): ProviderError {
  const { status } = error;
  const project = /@([a-z0-9-]+)\.iam\.gserviceaccount\.com$/.exec(email)?.[1];
  const option = project === undefined ? '' : ` --project=${project}`;
  if (refusalOf(error).reason === 'SERVICE_DISABLED') {
    return new ProviderError('login-refused', `the IAM Credentials API is switched off${error.words}`, {
      status,
      remedy: `Switch it on: \`gcloud services enable iamcredentials.googleapis.com${option}\`.`,
    });
  }
  const hint = `\`gcloud iam service-accounts add-iam-policy-binding ${email}${option} --role=roles/iam.workloadIdentityUser --member="${pod}"\``;
  return new ProviderError('login-refused', `the pod may not act as ${email}${error.words}`, {
    status,
    remedy: `Check the setting \`service-account\`, and let the pod use it: ${hint}.`,
  });
}
