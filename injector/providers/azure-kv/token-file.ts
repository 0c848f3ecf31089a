import { readIdentityToken } from '../identity-token.ts';
import type { ProviderDeps } from '../provider.ts';
import { field } from './answer.ts';

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
  const claims = payload(jwt);
  const issuer = field(claims, 'iss');
  const subject = field(claims, 'sub');
  const audiences: unknown[] = [field(claims, 'aud')].flat();
  const first = audiences[0];
  return {
    jwt,
    issuer: typeof issuer === 'string' ? issuer : undefined,
    subject: typeof subject === 'string' ? subject : `system:serviceaccount:${deps.identity.namespace}:${deps.identity.serviceAccount}`,
    audience: typeof first === 'string' ? first : (audience ?? DEFAULT_AUDIENCE),
  };
}

function payload(jwt: string): unknown {
  try {
    return JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
