import { request } from 'node:https';
import { apiConnection } from './api-connection.ts';
import type { Manifest } from './kubectl.ts';

/** What the API server says to one request. */
export interface ApiAnswer {
  readonly code: number;
  /** The object, or a Status. */
  readonly body: Manifest;
  /** Texts of the Warning headers, in order. */
  readonly warnings: readonly string[];
}

export interface ApiCall {
  readonly method: 'POST' | 'PATCH' | 'DELETE';
  /** Under the API server's root, with the query. */
  readonly path: string;
  readonly body: unknown;
  /** Whom the call is made as; the kubeconfig's user must be allowed to. */
  readonly as?: string;
}

/** Calls of the API server. */
export async function apiClient(): Promise<(call: ApiCall) => Promise<ApiAnswer>> {
  const { server, agent, headers } = await apiConnection(6);
  return ({ method, path, body, as }) =>
    new Promise((resolve, reject) => {
      const all = {
        ...headers,
        'Content-Type': method === 'PATCH' ? 'application/json-patch+json' : 'application/json',
        ...(as === undefined ? {} : { 'Impersonate-User': as }),
      };
      const sent = request(new URL(path, server), { method, agent, headers: all }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () =>
          resolve({
            code: answer.statusCode ?? 0,
            body: JSON.parse(Buffer.concat(chunks).toString()) as Manifest,
            warnings: answer.rawHeaders.flatMap((name, index, list) =>
              index % 2 === 0 && name.toLowerCase() === 'warning' ? [warningText(list[index + 1] ?? '')] : [],
            ),
          }),
        );
      });
      sent.on('error', reject);
      sent.end(JSON.stringify(body));
    });
}

/** `299 - "text"` with `\"` and `\\` in it; in UTF-8, which Node takes for Latin-1. */
function warningText(header: string): string {
  return Buffer.from(header, 'latin1')
    .toString()
    .replace(/^\d+ \S+ "/, '')
    .replace(/"$/, '')
    .replaceAll(/\\(.)/g, '$1');
}
