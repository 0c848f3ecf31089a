import { createPublicKey, generateKeyPairSync, type JsonWebKey, type KeyObject, sign, verify } from 'node:crypto';
import { request } from 'node:https';

export interface Jwks {
  readonly keys: readonly (JsonWebKey & { readonly kid?: string })[];
}
export type Claims = Readonly<Record<string, unknown>>;

/** Someone who signs tokens and publishes the keys, like a cluster's API server. */
export interface Signer {
  readonly jwks: Jwks;
  sign(claims: Claims): string;
}

/** A signer with a fresh RSA key (RS256), as Kubernetes and Entra ID use it. */
export function createSigner(kid = 'key-1'): Signer {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' }] },
    sign(claims) {
      const text = `${encode({ alg: 'RS256', typ: 'JWT', kid })}.${encode(claims)}`;
      return `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
    },
  };
}

export type Verified =
  | { readonly ok: true; readonly claims: Claims }
  | { readonly ok: false; readonly reason: 'form' | 'key' | 'signature' };

/** The claims of a token whose signature one of the keys proves. Times, issuer and audience are the caller's matter. */
export function verifyJwt(token: string, { keys }: Jwks): Verified {
  const [head = '', body = '', signature = '', ...more] = token.split('.');
  const header = decodeClaims(head);
  const claims = decodeClaims(body);
  if (header === undefined || claims === undefined || signature === '' || more.length > 0) return { ok: false, reason: 'form' };
  const jwk = keys.find(({ kid }) => kid === header.kid);
  if (jwk === undefined) return { ok: false, reason: 'key' };
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  const good = algorithms(key).includes(String(header.alg)) && verifySignature(`${head}.${body}`, String(header.alg), key, signature);
  return good ? { ok: true, claims } : { ok: false, reason: 'signature' };
}

/** The claims of a token as it says them, proved by nothing; undefined when it is none. */
export function unverifiedClaims(token: string): Claims | undefined {
  return decodeClaims(token.split('.')[1] ?? '');
}

export interface IssuerAccess {
  /** PEM of the CA that vouches for the issuer. */
  readonly ca?: string;
  /** Token for an API server that shows its keys to known callers only. */
  readonly bearer?: string;
  /** Base URL where the issuer can be reached, if not at its own: a cluster's issuer is often a name that only pods know. */
  readonly address?: string;
}

/** Fetches an issuer's keys as Entra ID does: discovery document first, which must name the issuer, then what it points to. */
export async function fetchJwks(issuer: string, { address = issuer, ...access }: IssuerAccess = {}): Promise<Jwks> {
  const base = address.replace(/\/$/, '');
  const discovery = await getJson<{ issuer: string; jwks_uri: string }>(`${base}/.well-known/openid-configuration`, access);
  if (discovery.issuer !== issuer) throw new Error(`the discovery document of ${issuer} names ${discovery.issuer}`);
  return getJson<Jwks>(address === issuer ? discovery.jwks_uri : base + new URL(discovery.jwks_uri).pathname, access);
}

function getJson<T>(url: string, { ca, bearer }: IssuerAccess): Promise<T> {
  const headers = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { headers, ...(ca === undefined ? {} : { ca }) }, (incoming) => {
      let text = '';
      incoming.on('data', (chunk) => (text += chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        if (incoming.statusCode !== 200) reject(new Error(`${url} answered HTTP ${incoming.statusCode}`));
        else resolve(JSON.parse(text) as T);
      });
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

function algorithms(key: KeyObject): string[] {
  return key.asymmetricKeyType === 'rsa' ? ['RS256', 'RS384', 'RS512'] : ['ES256', 'ES384', 'ES512'];
}

function verifySignature(text: string, algorithm: string, key: KeyObject, signature: string): boolean {
  return verify(`sha${algorithm.slice(2)}`, Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function decodeClaims(part: string): Claims | undefined {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString()) as Claims;
  } catch {
    return undefined;
  }
}
