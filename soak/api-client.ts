import { request } from 'node:https';
import { apiConnection } from '../test/support/api-connection.ts';
import type { Answer } from './outcome.ts';

/** Longer than the API server gives any creation. */
const TIMEOUT = 45_000;

export interface ApiClient extends Disposable {
  /** Never rejects. `type` is that of the body. */
  send(method: string, path: string, body?: string, type?: string): Promise<Answer>;
}

/** Straight at the API server: `kubectl` would cost more than what is measured, and an error is an answer, too. */
export async function apiClient(): Promise<ApiClient> {
  const connection = await apiConnection(500);
  return {
    send: (method, path, body = '', type = 'application/json') =>
      new Promise((resolve) => {
        const failed = (error: Error) => resolve({ failure: 'code' in error ? String(error.code) : error.message });
        const headers = { ...connection.headers, 'content-type': type, 'content-length': Buffer.byteLength(body) };
        const outgoing = request(
          new URL(path, connection.server),
          { agent: connection.agent, method, headers, timeout: TIMEOUT },
          (incoming) => {
            let answer = '';
            incoming.setEncoding('utf8');
            incoming.on('data', (chunk: string) => {
              answer += chunk;
            });
            incoming.once('error', failed);
            incoming.once('end', () => resolve({ status: incoming.statusCode ?? 0, text: answer }));
          },
        );
        outgoing.once('timeout', () => outgoing.destroy(new Error('no answer in time')));
        outgoing.once('error', failed);
        outgoing.end(body);
      }),
    [Symbol.dispose]: () => connection.agent.destroy(),
  };
}
