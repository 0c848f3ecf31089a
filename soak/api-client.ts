import { Agent, request } from 'node:https';
import * as z from 'zod';
import { kubectl } from '../test/support/kubectl.ts';
import type { Answer } from './outcome.ts';

const Kubeconfig = z.object({
  clusters: z.tuple([z.object({ cluster: z.looseObject({ server: z.string(), 'certificate-authority-data': z.string().optional() }) })]),
  users: z.tuple([
    z.object({
      user: z.looseObject({
        token: z.string().optional(),
        'client-certificate-data': z.string().optional(),
        'client-key-data': z.string().optional(),
      }),
    }),
  ]),
});

/** Longer than the API server gives any creation. */
const TIMEOUT = 45_000;

export interface ApiClient extends Disposable {
  /** Never rejects. `type` is that of the body. */
  send(method: string, path: string, body?: string, type?: string): Promise<Answer>;
}

/** Straight at the API server as the kubeconfig's user, over connections that stay open; `kubectl` would cost more than what is measured. */
export async function apiClient(): Promise<ApiClient> {
  const text = await kubectl('config', 'view', '--raw', '--minify', '--flatten', '-o', 'json');
  const config = Kubeconfig.parse(JSON.parse(text));
  const { server, 'certificate-authority-data': ca } = config.clusters[0].cluster;
  const { token, 'client-certificate-data': cert, 'client-key-data': key } = config.users[0].user;
  const decoded = (data: string | undefined) => (data === undefined ? undefined : Buffer.from(data, 'base64'));
  const agent = new Agent({
    keepAlive: true,
    maxSockets: 500,
    ca: decoded(ca),
    cert: decoded(cert),
    key: decoded(key),
    // The test cluster's kubeconfig has no CA: it is on loopback.
    rejectUnauthorized: ca !== undefined,
  });
  const authorization: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return {
    send: (method, path, body = '', type = 'application/json') =>
      new Promise((resolve) => {
        const failed = (error: Error) => resolve({ failure: 'code' in error ? String(error.code) : error.message });
        const headers = { ...authorization, 'content-type': type, 'content-length': Buffer.byteLength(body) };
        const outgoing = request(new URL(path, server), { agent, method, headers, timeout: TIMEOUT }, (incoming) => {
          let answer = '';
          incoming.setEncoding('utf8');
          incoming.on('data', (chunk: string) => {
            answer += chunk;
          });
          incoming.once('error', failed);
          incoming.once('end', () => resolve({ status: incoming.statusCode ?? 0, text: answer }));
        });
        outgoing.once('timeout', () => outgoing.destroy(new Error('no answer in time')));
        outgoing.once('error', failed);
        outgoing.end(body);
      }),
    [Symbol.dispose]: () => agent.destroy(),
  };
}
