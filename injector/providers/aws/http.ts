import type { Agent, IncomingMessage } from 'node:http';
import type { AgentOptions } from 'node:https';
import { readBody } from '../read-body.ts';
import { networkError } from './network-error.ts';

/** Largest answer that is read, in bytes; a batch of AWS is far smaller. */
const MAX_ANSWER = 16 * 1024 * 1024;

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | undefined;
  readonly signal: AbortSignal | undefined;
  /** Who is asked and the setting that says where, for messages. */
  readonly place: string;
  readonly setting: string;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export type Http = (request: HttpRequest) => Promise<HttpAnswer>;

/**
 * HTTP by `node:http` and `node:https` with kept connections; the SDK's own handler loads HTTP/2 and both of these at once.
 * Redirects are not followed. Every failure is a `ProviderError`.
 */
export function createHttp(tls: AgentOptions, connections: number): Http {
  const agents = new Map<string, Agent>();
  return async ({ method, url, headers, body, signal, place, setting }) => {
    const secure = url.protocol === 'https:';
    // Only the module in use is loaded: node:https costs 5 ms more.
    const http = process.getBuiltinModule(secure ? 'node:https' : 'node:http');
    let agent = agents.get(url.protocol);
    if (agent === undefined) {
      agent = new http.Agent({ keepAlive: true, maxSockets: connections, ...(secure ? tls : {}) });
      agents.set(url.protocol, agent);
    }
    const options = { method, headers, agent, ...(signal === undefined ? {} : { signal }) };
    return new Promise<HttpAnswer>((resolve, reject) => {
      const fail = (error: unknown) => reject(networkError(error, place, setting));
      const outgoing = http.request(url, options, (incoming) => {
        readAnswer(incoming, place).then(resolve, fail);
      });
      outgoing.on('error', fail);
      outgoing.end(body);
    });
  };
}

async function readAnswer(incoming: IncomingMessage, place: string): Promise<HttpAnswer> {
  const body = await readBody(incoming, {
    place,
    most: MAX_ANSWER,
    remedy: 'Look for a proxy between the pod and AWS; no answer of AWS is that large.',
  });
  const headers = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)] as const);
  return { status: incoming.statusCode ?? 0, headers: Object.fromEntries(headers), body };
}
