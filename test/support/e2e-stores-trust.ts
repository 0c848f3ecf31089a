import { randomUUID } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { Jwks } from './azure-jwt.ts';
import { bodyOf } from './google-sts.ts';
import { verifyToken } from './jwt.ts';
import { kubectl } from './kubectl.ts';
import { listen } from './vault-login.ts';

/** The issuer of the cluster's tokens and its signing keys. */
export interface ClusterKeys extends AsyncDisposable {
  readonly issuer: string;
  /** URL of the keys, for those who cannot show the API server who they are. */
  readonly keySource: string;
  readonly fetch: () => Promise<Jwks>;
}

/** Asks the cluster under test; the keys at `keySource` are asked for again each time, since the cluster may change them. */
export async function clusterKeys(): Promise<ClusterKeys> {
  const { issuer } = JSON.parse(await kubectl('get', '--raw', '/.well-known/openid-configuration')) as { issuer: string };
  const fetch = async () => JSON.parse(await kubectl('get', '--raw', '/openid/v1/jwks')) as Jwks;
  const server = createServer((_request, response) => {
    fetch().then(
      (jwks) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(jwks)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  return { issuer, fetch, keySource: await listen(server), [Symbol.asyncDispose]: () => closed(server) };
}

/** What the IAM OpenID Connect provider and the role's trust policy say. */
export interface StsTrust {
  readonly keys: ClusterKeys;
  readonly audience: string;
  readonly subjects: readonly string[];
  readonly roleArn: string;
}

/** STS before moto, which takes any web identity token: this one verifies it as AWS does before moto issues credentials. */
export async function startStsGuard(moto: string, trust: StsTrust): Promise<AsyncDisposable & { readonly address: string }> {
  const server = createServer((request, response) => {
    void (async () => {
      const body = await bodyOf(request);
      const form = new URLSearchParams(body);
      const refusal = await refusalOf(form, trust);
      if (refusal !== undefined) return refuse(response, ...refusal);
      const answer = await fetch(moto, { method: 'POST', body, headers: { 'content-type': 'application/x-www-form-urlencoded' } });
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/xml' }).end(await answer.text());
    })().catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  return { address: await listen(server), [Symbol.asyncDispose]: () => closed(server) };
}

async function refusalOf(
  form: URLSearchParams,
  { keys, audience, subjects, roleArn }: StsTrust,
): Promise<[number, string, string] | undefined> {
  if (form.get('Action') !== 'AssumeRoleWithWebIdentity') return [400, 'InvalidAction', 'Could not find operation for this version'];
  try {
    const { sub } = await verifyToken(form.get('WebIdentityToken') ?? '', { ...keys, audience });
    if (subjects.includes(sub) && form.get('RoleArn') === roleArn) return undefined;
    return [403, 'AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity'];
  } catch (error) {
    return [400, 'InvalidIdentityToken', error instanceof Error ? error.message : 'unknown'];
  }
}

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  response
    .writeHead(status, { 'content-type': 'text/xml' })
    .end(
      `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code>` +
        `<Message>${message}</Message></Error><RequestId>${randomUUID()}</RequestId></ErrorResponse>`,
    );
}

async function closed(server: ReturnType<typeof createServer>): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
