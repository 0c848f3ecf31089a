import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { TestVault } from './vault.ts';

/** Who the tokens of the tests belong to. */
export const IDENTITY = { namespace: 'shop', serviceAccount: 'web' } as const;

const { privateKey, publicKey } = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});

/** A service account token in the form of Kubernetes' bound tokens; `audience` as the projected volume asks for it. */
export function serviceAccountToken(
  audience = 'vault',
  { namespace, serviceAccount }: { namespace: string; serviceAccount: string } = IDENTITY,
): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const text = `${part({ alg: 'ES256', kid: 'test' })}.${part({
    aud: [audience],
    exp: now + 3600,
    iat: now,
    nbf: now,
    iss: 'https://kubernetes.default.svc',
    sub: `system:serviceaccount:${namespace}:${serviceAccount}`,
    'kubernetes.io': { namespace, serviceaccount: { name: serviceAccount, uid: 'uid-1' } },
  })}`;
  return `${text}.${sign('sha256', Buffer.from(text), { key: createPrivateKey(privateKey), dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

/**
 * Sets up Vault's own `kubernetes` auth method at `auth/<path>` with role `shop`, which may read everything below `secret/`
 * `but secret/private`. Kubernetes' part of it, the token review, is played by a small server that believes what the token says.
 */
export async function enableKubernetesAuth(vault: TestVault, path = 'kubernetes'): Promise<AsyncDisposable> {
  const reviewer = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      const review = JSON.parse(body) as { spec: { token: string; audiences?: string[] } };
      const claims = JSON.parse(Buffer.from(review.spec.token.split('.')[1] ?? '', 'base64url').toString()) as {
        sub: string;
        aud: string[];
      };
      const user = { username: claims.sub, uid: 'uid-1', groups: ['system:serviceaccounts', 'system:authenticated'] };
      response.setHeader('content-type', 'application/json');
      response.statusCode = 201;
      response.end(
        JSON.stringify({
          apiVersion: 'authentication.k8s.io/v1',
          kind: 'TokenReview',
          status: { authenticated: true, user, audiences: claims.aud },
        }),
      );
    });
  });
  const host = await listen(reviewer);
  await vault.call('POST', `sys/auth/${path}`, { type: 'kubernetes' });
  await vault.call('POST', `auth/${path}/config`, {
    kubernetes_host: host,
    disable_local_ca_jwt: true,
    token_reviewer_jwt: serviceAccountToken(),
  });
  const policy = 'path "*" { capabilities = ["read"] }\npath "secret/data/private" { capabilities = ["deny"] }';
  await vault.call('PUT', 'sys/policies/acl/shop', { policy });
  await vault.call('POST', `auth/${path}/role/shop`, {
    bound_service_account_names: IDENTITY.serviceAccount,
    bound_service_account_namespaces: IDENTITY.namespace,
    audience: 'vault',
    policies: 'shop',
    ttl: '20m',
  });
  return {
    async [Symbol.asyncDispose]() {
      reviewer.closeAllConnections();
      await new Promise((resolve) => reviewer.close(resolve));
    },
  };
}

/** Sets up Vault's `jwt` auth method at `auth/jwt` with role `shop`, bound to one subject and audience; it checks signatures itself. */
export async function enableJwtAuth(vault: TestVault): Promise<void> {
  await vault.call('POST', 'sys/auth/jwt', { type: 'jwt' });
  await vault.call('POST', 'auth/jwt/config', { jwt_validation_pubkeys: [publicKey], bound_issuer: 'https://kubernetes.default.svc' });
  await vault.call('POST', 'auth/jwt/role/shop', {
    role_type: 'jwt',
    user_claim: 'sub',
    bound_subject: `system:serviceaccount:${IDENTITY.namespace}:${IDENTITY.serviceAccount}`,
    bound_audiences: ['vault'],
    policies: ['shop'],
    ttl: '20m',
  });
}

/** Listens on a free loopback port; the base URL. */
export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
}
