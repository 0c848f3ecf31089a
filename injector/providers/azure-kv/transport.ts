import type { IncomingMessage } from 'node:http';
import type { Agent, AgentOptions } from 'node:https';
import { readBody } from '../read-body.ts';
import { networkError, type Peer } from './network-error.ts';

/** Largest answer that is read, in bytes; Key Vault's own limit is 25 KB a secret. */
const MAX_ANSWER = 8 * 1024 * 1024;

export interface Request {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal: AbortSignal | undefined;
}
/** An HTTP answer as it came. */
export interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
  /** The body as JSON; undefined when it is none. */
  readonly json: unknown;
}
/** Sends one request; throws a `ProviderError` when no whole answer comes. */
export type Transport = (request: Request, peer: Peer) => Promise<Answer>;

/** HTTPS by `node:https` with kept connections, shared by Entra ID and every vault of a store. */
export function createTransport(tls: AgentOptions, connections: number): Transport {
  let agent: Agent | undefined;
  return async ({ method, url, headers, body, signal }, peer) => {
    const https = process.getBuiltinModule('node:https');
    agent ??= new https.Agent({ keepAlive: true, maxSockets: connections, ...tls });
    const bytes = body === undefined ? undefined : Buffer.from(body);
    const all = bytes === undefined ? { ...headers } : { ...headers, 'content-length': String(bytes.length) };
    return new Promise((resolve, reject) => {
      const fail = (error: unknown) => reject(networkError(error, peer));
      const outgoing = https.request(url, { method, headers: all, agent, ...(signal === undefined ? {} : { signal }) }, (incoming) => {
        readAnswer(incoming, peer).then(resolve, fail);
      });
      outgoing.on('error', fail);
      outgoing.end(bytes);
    });
  };
}

async function readAnswer(incoming: IncomingMessage, { place }: Peer): Promise<Answer> {
  const body = await readBody(incoming, {
    place,
    most: MAX_ANSWER,
    remedy: 'Check the addresses in the settings `endpoint` and `authority`.',
  });
  const text = body.toString('utf8');
  const headers = new Map<string, string>();
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return { status: incoming.statusCode ?? 0, headers, text, json: parse(text) };
}

/** A SyntaxError's message would quote the text. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
