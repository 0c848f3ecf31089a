import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { verifyToken } from './jwt.ts';
import { listen } from './vault-login.ts';

/** A workload identity pool provider, and who may act as which Google service account. */
export interface GoogleTrust {
  /** `projects/<number>/locations/global/workloadIdentityPools/<pool>/providers/<provider>`. */
  readonly provider: string;
  readonly issuer: string;
  /** Where the issuer's keys are, if not below it. */
  readonly keySource?: string;
  /** In place of the provider's own name. */
  readonly allowedAudience?: string;
  /** Attribute condition: the only subjects that the provider takes; absent: all. */
  readonly subjects?: readonly string[];
  /** Google service account → principals with roles/iam.workloadIdentityUser on it. */
  readonly impersonators?: Readonly<Record<string, readonly string[]>>;
}
export interface GoogleSts extends AsyncDisposable {
  /** Base URL of the token service and of IAM Credentials. */
  readonly address: string;
  /** Paths asked for, in order. */
  readonly asked: string[];
  /** IAM member that an access token belongs to; undefined for tokens that were not issued here. */
  memberOf(token: string | undefined): string | undefined;
  /** A token for a member, as the metadata server would issue it. */
  issue(member: string): string;
}

/** Google's token service and IAM Credentials in one: the subject token is verified for real, as are its use and the impersonation. */
export async function startGoogleSts(trust: GoogleTrust): Promise<GoogleSts> {
  const tokens = new Map<string, string>();
  const asked: string[] = [];
  const issue = (member: string): string => {
    const token = `ya29.${randomBytes(24).toString('base64url')}`;
    tokens.set(token, member);
    return token;
  };
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    void answer(request, response).catch((error: unknown) => send(response, 500, { error: String(error) }));
  });

  async function answer(request: IncomingMessage, response: ServerResponse) {
    const body = await bodyOf(request);
    if (request.method === 'POST' && request.url === '/v1/token') return exchange(new URLSearchParams(body), response);
    const email = /^\/v1\/projects\/-\/serviceAccounts\/([^/:]+):generateAccessToken$/.exec(request.url ?? '')?.[1];
    if (request.method === 'POST' && email !== undefined) return impersonate(decodeURIComponent(email), request, body, response);
    return send(response, 404, { error: { code: 404, message: 'Not found', status: 'NOT_FOUND' } });
  }

  async function exchange(form: URLSearchParams, response: ServerResponse) {
    const refuse = (error: string, error_description: string) => send(response, 400, { error, error_description });
    const expected: Record<string, string> = {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      scope: 'https://www.googleapis.com/auth/cloud-platform',
      requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    };
    const wrong = Object.keys(expected).find((name) => form.get(name) !== expected[name]);
    if (wrong !== undefined) return refuse('invalid_request', `Invalid value for "${wrong}".`);
    const audience = `//iam.googleapis.com/${trust.provider}`;
    if (form.get('audience') !== audience) {
      return refuse('invalid_target', 'The target service indicated by the "audience" parameters is invalid.');
    }
    try {
      const claims = await verifyToken(form.get('subject_token') ?? '', { ...trust, audience: trust.allowedAudience ?? audience });
      if (trust.subjects?.includes(claims.sub) === false) {
        return refuse('unauthorized_client', 'The given credential is rejected by the attribute condition.');
      }
      const pool = trust.provider.replace(/\/providers\/.*$/, '');
      const token = issue(`principal://iam.googleapis.com/${pool}/subject/${claims.sub}`);
      return send(response, 200, {
        access_token: token,
        issued_token_type: expected.requested_token_type,
        token_type: 'Bearer',
        expires_in: 3599,
      });
    } catch (error) {
      return refuse('invalid_grant', error instanceof Error ? error.message : 'unknown');
    }
  }

  function impersonate(email: string, request: IncomingMessage, body: string, response: ServerResponse) {
    const member = tokens.get(bearer(request) ?? '');
    const { scope } = JSON.parse(body) as { scope?: string[] };
    if (member === undefined) return send(response, 401, { error: { code: 401, message: 'Bad token', status: 'UNAUTHENTICATED' } });
    if (scope?.[0] !== 'https://www.googleapis.com/auth/cloud-platform') {
      return send(response, 400, { error: { code: 400, message: 'No scope', status: 'INVALID_ARGUMENT' } });
    }
    if (trust.impersonators?.[email]?.includes(member) !== true) {
      const message = "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).";
      const details = [
        { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'IAM_PERMISSION_DENIED', domain: 'iam.googleapis.com' },
      ];
      return send(response, 403, { error: { code: 403, message, status: 'PERMISSION_DENIED', details } });
    }
    return send(response, 200, { accessToken: issue(`serviceAccount:${email}`), expireTime: new Date(Date.now() + 3.6e6).toISOString() });
  }

  const address = await listen(server);
  return {
    address,
    asked,
    issue,
    memberOf: (token) => tokens.get(token ?? ''),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The token of an `Authorization: Bearer` header. */
export function bearer(request: IncomingMessage): string | undefined {
  return /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
}

/** The whole body as text. */
export async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}

/** Answers JSON. */
export function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' }).end(JSON.stringify(body));
}
