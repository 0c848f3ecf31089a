import type { PulumiEscStore } from '../../../src/contract/provider.ts';
import { HttpRefusal } from '../http/answer.ts';
import type { Http } from '../http/http.ts';
import type { Peer } from '../http/peer.ts';
import { readIdentityToken } from '../identity-token.ts';
import type { ProviderDeps } from '../provider.ts';
import { ProviderError } from '../provider-error.ts';
import { asMap } from '../value.ts';

/** Seconds the access token lives: longer than any fetch takes, shorter than what Pulumi gives unasked. */
const LIFE = 3600;

/** Trades the projected token for an access token of the organization (RFC 8693). */
export async function login(
  http: Http,
  peer: Peer,
  base: string,
  config: PulumiEscStore,
  deps: ProviderDeps,
  signal: AbortSignal,
): Promise<string> {
  const audience = organizationUrn(config);
  const body = {
    audience,
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: readIdentityToken(config.tokenFile, deps),
    subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
    requested_token_type: 'urn:pulumi:token-type:access_token:organization',
    expiration: LIFE,
    scope: '',
  };
  const { json } = await http(peer, { method: 'POST', url: `${base}/api/oauth/token`, body, signal }).catch((error: unknown) => {
    throw error instanceof HttpRefusal ? refused(error, config) : error;
  });
  const token = asMap(json)?.access_token;
  if (typeof token !== 'string' || token === '') {
    throw new ProviderError('protocol', `${peer.place} answered the login without an access token`, { remedy: peer.reachable });
  }
  deps.keepSecret(token);
  return token;
}

/** The organization as Pulumi names it in an audience. */
export function organizationUrn({ organization }: Pick<PulumiEscStore, 'organization'>): string {
  return `urn:pulumi:org:${organization}`;
}

function refused({ status, words }: HttpRefusal, { organization }: PulumiEscStore): ProviderError {
  return new ProviderError('login-refused', `Pulumi does not accept the pod's token${words}`, {
    status,
    remedy: `In the organization ${organization} register the cluster's issuer (Settings, OIDC issuers; \`kubectl get --raw /.well-known/openid-configuration\` shows it), and give it a policy: decision allow, token type organization, rules for \`aud\` and \`sub\` with this audience and this subject. Without a policy Pulumi denies every token.`,
  });
}
