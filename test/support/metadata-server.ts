import { createServer } from 'node:http';
import type { GoogleSts } from './google-sts.ts';
import { freePort } from './vault.ts';

export interface MetadataServerDouble extends AsyncDisposable {
  /** For `GCE_METADATA_HOST`. */
  readonly host: string;
  readonly asked: string[];
}

/**
 * GKE's metadata server as a new pod meets it: nobody listens in the first `absent` milliseconds. Tokens are those of
 * `member`, who is the Google service account `email` or a workload identity pool. `fault` answers in its place.
 */
export async function startMetadataServer(
  sts: GoogleSts,
  member: string,
  { absent = 1000, email = 'shop-project.svc.id.goog', status = 200 }: { absent?: number; email?: string; status?: number } = {},
): Promise<MetadataServerDouble> {
  const port = await freePort();
  const asked: string[] = [];
  const account = '/computeMetadata/v1/instance/service-accounts/default';
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    const answer = (body: object) =>
      response.writeHead(200, { 'content-type': 'application/json', 'metadata-flavor': 'Google' }).end(JSON.stringify(body));
    if (request.headers['metadata-flavor'] !== 'Google')
      return response.writeHead(403, { 'content-type': 'text/html' }).end('<html>Missing header');
    if (status !== 200) return response.writeHead(status, { 'content-type': 'text/plain', 'metadata-flavor': 'Google' }).end('no account');
    if (path === `${account}/token`) return answer({ access_token: sts.issue(member), expires_in: 3599, token_type: 'Bearer' });
    if (path === `${account}/?recursive=true&alt=json`) return answer({ aliases: ['default'], email, scopes: [] });
    return response.writeHead(404, { 'content-type': 'text/html' }).end('<html>');
  });
  const timer = setTimeout(() => server.listen(port, '127.0.0.1'), absent);
  return {
    host: `127.0.0.1:${port}`,
    asked,
    async [Symbol.asyncDispose]() {
      clearTimeout(timer);
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}
