import { readIdentityToken } from '../identity-token.ts';
import type { ProviderDeps } from '../provider.ts';
import { tokenClaims } from '../token-claims.ts';

/** The pod's projected token, and what Entra ID compares with the federated credential. */
export interface Assertion {
  readonly jwt: string;
  readonly issuer: string | undefined;
  readonly subject: string;
  readonly audience: string;
}

/** Audience that Entra ID expects unless a federated credential names another. */
export const DEFAULT_AUDIENCE = 'api://AzureADTokenExchange';

/** Reads the token anew each time, since the kubelet renews it. */
export function readAssertion(file: string, audience: string | undefined, deps: ProviderDeps): Assertion {
  const jwt = readIdentityToken(file, deps);
  const claims = tokenClaims(jwt);
  return {
    jwt,
    issuer: claims.issuer,
    subject: claims.subject ?? `system:serviceaccount:${deps.identity.namespace}:${deps.identity.serviceAccount}`,
    audience: claims.audience ?? audience ?? DEFAULT_AUDIENCE,
  };
}
