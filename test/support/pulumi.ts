import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { bodyOf, send } from './google-sts.ts';
import { verifyToken } from './jwt.ts';
import { listen } from './vault-login.ts';

export interface PulumiSetup {
  readonly organization: string;
  /** Registered OIDC issuers. */
  readonly issuers: readonly { readonly issuer: string; readonly keySource?: string }[];
  /** Policies that allow an organization token; without a match Pulumi denies. */
  readonly allow: readonly { readonly sub: string }[];
  /** `<org>/<project>/<environment>` → revisions, the first is number 1; JSON text of `properties`, wrapped as Pulumi wraps it. */
  readonly environments: Readonly<Record<string, readonly string[]>>;
  /** Environments that nobody may open, and those whose definition is broken. */
  readonly closed?: readonly string[];
  readonly broken?: readonly string[];
  /** Answers in Pulumi's place, true, or not; `count` numbers the requests of one path from 1. */
  readonly intervene?: (request: IncomingMessage, response: ServerResponse, count: number) => boolean;
}
export interface PulumiDouble extends AsyncDisposable {
  readonly address: string;
  /** `METHOD path` of what was asked, in order. */
  readonly asked: string[];
}

/** The parts of the Pulumi service that ESC needs, after its REST documentation and its public client: the projected token is verified for real. */
export async function startPulumi(setup: PulumiSetup): Promise<PulumiDouble> {
  const { organization, environments } = setup;
  const tokens = new Set<string>();
  const sessions = new Map<string, { environment: string; properties: string }>();
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const line = `${request.method} ${request.url}`;
    asked.push(line);
    if (setup.intervene?.(request, response, asked.filter((other) => other === line).length) === true) return;
    void answer(request, response).catch((error: unknown) => send(response, 500, { code: 500, message: String(error) }));
  });
  const refuse = (response: ServerResponse, code: number, message: string) => send(response, code, { code, message });

  async function answer(request: IncomingMessage, response: ServerResponse) {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://x');
    const body = await bodyOf(request);
    if (request.method === 'POST' && pathname === '/api/oauth/token')
      return exchange(JSON.parse(body) as Record<string, unknown>, response);
    if (!tokens.has(/^token (\S+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '')) {
      return refuse(response, 401, 'Unauthorized: No credentials provided or are invalid.');
    }
    const open = /^\/api\/esc\/environments\/([^/]+\/[^/]+\/[^/]+)(?:\/versions\/([^/]+))?\/open$/.exec(pathname);
    if (request.method === 'POST' && open !== null) return openOne(open[1] ?? '', open[2], searchParams, response);
    const read = /^\/api\/esc\/environments\/([^/]+\/[^/]+\/[^/]+)\/open\/([^/]+)$/.exec(pathname);
    const session = sessions.get(read?.[2] ?? '');
    if (request.method !== 'GET' || session === undefined || session.environment !== read?.[1]) return refuse(response, 404, 'Not Found');
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(`{"exprs":{"x":{"literal":"not a value"}},"properties":${session.properties},"schema":{"type":"object"}}`);
  }

  async function exchange(body: Record<string, unknown>, response: ServerResponse) {
    const refused = (error: string, error_description: string) => send(response, 400, { error, error_description });
    const audience = `urn:pulumi:org:${organization}`;
    const expected: Record<string, string> = {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
      requested_token_type: 'urn:pulumi:token-type:access_token:organization',
      audience,
    };
    const wrong = Object.keys(expected).find((name) => body[name] !== expected[name]);
    if (wrong !== undefined) return refused('invalid_request', `invalid ${wrong}`);
    if (typeof body.expiration !== 'number' || (body.scope !== '' && body.scope !== 'admin'))
      return refused('invalid_request', 'invalid scope');
    const token = String(body.subject_token);
    const problems: string[] = [];
    for (const issuer of setup.issuers) {
      try {
        const claims = await verifyToken(token, { ...issuer, audience });
        if (!setup.allow.some(({ sub }) => sub === claims.sub)) return refused('invalid_grant', 'no policy allows this token');
        const accessToken = `pul-${randomBytes(20).toString('hex')}`;
        tokens.add(accessToken);
        return send(response, 200, {
          access_token: accessToken,
          issued_token_type: expected.requested_token_type,
          token_type: 'token',
          expires_in: body.expiration,
          scope: '',
        });
      } catch (error) {
        problems.push(error instanceof Error ? error.message : 'unknown');
      }
    }
    return refused('invalid_grant', problems[0] ?? 'no OIDC issuer is registered');
  }

  function openOne(environment: string, version: string | undefined, query: URLSearchParams, response: ServerResponse) {
    if (!/^(\d+h)?(\d+m)?(\d+s)?$/.test(query.get('duration') ?? '')) return refuse(response, 400, 'Bad Request: invalid duration');
    const revisions = environments[environment];
    if (revisions === undefined || !environment.startsWith(`${organization}/`)) {
      return refuse(response, 404, `Not Found: environment '${environment.split('/').slice(1).join('/')}' not found`);
    }
    if (setup.closed?.includes(environment) === true) return refuse(response, 403, 'Forbidden: missing permission environment:open');
    if (setup.broken?.includes(environment) === true) {
      return send(response, 400, {
        code: 400,
        message: 'Bad Request',
        diagnostics: [
          { summary: 'unused import', severity: 'warning' },
          { summary: 'unknown property "shared.db"', path: 'values.db' },
        ],
      });
    }
    const number = version === undefined || version === 'latest' ? revisions.length : Number(version);
    const properties = revisions[number - 1];
    if (properties === undefined) return refuse(response, 404, `Not Found: revision ${version} not found`);
    const id = randomBytes(8).toString('hex');
    sessions.set(id, { environment, properties });
    return send(response, 200, { id });
  }

  const address = await listen(server);
  return {
    address,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
