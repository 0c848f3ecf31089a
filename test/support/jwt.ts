import { createPublicKey, generateKeyPairSync, type JsonWebKey, sign, verify } from 'node:crypto';
import { createServer } from 'node:http';
import { IDENTITY, listen } from './vault-login.ts';

export interface Claims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: readonly string[];
  readonly exp: number;
  readonly nbf: number;
  readonly iat: number;
}
export interface TokenOptions {
  readonly namespace?: string;
  readonly serviceAccount?: string;
  /** Seconds from now; negative: a token that has expired. */
  readonly life?: number;
  readonly issuer?: string;
  /** Signed by a key that the issuer does not publish. */
  readonly forged?: boolean;
}

/** A cluster's token issuer: signs ServiceAccount tokens and publishes discovery document and keys as the API server does. */
export interface TokenIssuer extends AsyncDisposable {
  readonly issuer: string;
  token(audience: string, options?: TokenOptions): string;
}

/** An issuer on a free loopback port with a fresh RSA key. */
export async function startTokenIssuer(): Promise<TokenIssuer> {
  const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 });
  let issuer = '';
  const server = createServer((request, response) => {
    const key = { ...own.publicKey.export({ format: 'jwk' }), kid: 'key-1', alg: 'RS256', use: 'sig' };
    const documents: Record<string, object> = {
      '/.well-known/openid-configuration': {
        issuer,
        jwks_uri: `${issuer}/openid/v1/jwks`,
        id_token_signing_alg_values_supported: ['RS256'],
      },
      '/openid/v1/jwks': { keys: [key] },
    };
    const document = documents[request.url ?? ''];
    response.writeHead(document === undefined ? 404 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(document ?? {}));
  });
  issuer = await listen(server);
  return {
    issuer,
    token(audience, { namespace, serviceAccount, life = 3600, issuer: claimed = issuer, forged = false } = {}) {
      const identity = { namespace: namespace ?? IDENTITY.namespace, serviceAccount: serviceAccount ?? IDENTITY.serviceAccount };
      const now = Math.floor(Date.now() / 1000);
      const claims: Claims & Record<string, unknown> = {
        aud: [audience],
        exp: now + life,
        iat: now - 10,
        nbf: now - 10,
        iss: claimed,
        sub: `system:serviceaccount:${identity.namespace}:${identity.serviceAccount}`,
        'kubernetes.io': { namespace: identity.namespace, serviceaccount: { name: identity.serviceAccount, uid: 'uid-1' } },
      };
      const text = `${part({ alg: 'RS256', kid: 'key-1' })}.${part(claims)}`;
      return `${text}.${sign('sha256', Buffer.from(text), (forged ? foreign : own).privateKey).toString('base64url')}`;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/**
 * What a relying party does with a token: signature against the issuer's published keys, issuer, audience, life.
 * `keySource` is where the keys are when they are not below the issuer itself (a cluster whose issuer URL is private).
 * Throws with the reason. The subject is the caller's to judge.
 */
export async function verifyToken(token: string, trusted: { issuer: string; audience: string; keySource?: string }): Promise<Claims> {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const { alg, kid } = read(header) as { alg?: string; kid?: string };
  const claims = read(payload) as Claims;
  if (claims.iss !== trusted.issuer) throw new Error(`The issuer ${claims.iss} is not trusted`);
  const keys = await publishedKeys(trusted.keySource ?? `${trusted.issuer}/.well-known/openid-configuration`);
  const key = keys.find((candidate) => candidate.kid === kid);
  if (alg !== 'RS256' || key === undefined) throw new Error('The token is signed by an unknown key');
  const publicKey = createPublicKey({ key, format: 'jwk' });
  if (!verify('sha256', Buffer.from(`${header}.${payload}`), publicKey, Buffer.from(signature, 'base64url'))) {
    throw new Error('The signature is not valid');
  }
  if (![claims.aud].flat().includes(trusted.audience)) {
    throw new Error(`The audience ${[claims.aud].flat().join(' ')} is not ${trusted.audience}`);
  }
  const now = Date.now() / 1000;
  if (claims.exp < now || claims.nbf > now) throw new Error('The token has expired or is not valid yet');
  return claims;
}

/** From a discovery document, or from a JWKS itself. */
async function publishedKeys(url: string): Promise<(JsonWebKey & { kid?: string })[]> {
  const document = (await (await fetch(url)).json()) as { jwks_uri?: string; keys?: (JsonWebKey & { kid?: string })[] };
  if (document.keys !== undefined) return document.keys;
  if (document.jwks_uri === undefined) throw new Error(`No keys at ${url}`);
  return publishedKeys(document.jwks_uri);
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function read(text: string): object {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString()) as object;
  } catch {
    throw new Error('The token is no JWT');
  }
}
