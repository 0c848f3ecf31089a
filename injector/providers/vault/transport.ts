import type { Agent, IncomingMessage } from 'node:http';
import type { AgentOptions } from 'node:https';
import { parseExactJson } from '../exact-json.ts';
import { readBody } from '../read-body.ts';
import type { JsonValue } from '../value.ts';
import { networkError } from './network-error.ts';
import { type Answer, checkAnswer } from './response.ts';

/** Largest answer that is read, in bytes. */
const MAX_ANSWER = 8 * 1024 * 1024;
const TOO_LARGE = "Read a smaller secret; if it is small, look for a proxy that answers in Vault's place.";
/** A standby node may send us to the active one. */
const MAX_REDIRECTS = 2;

export interface VaultRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Goes as JSON. */
  readonly body?: object | undefined;
  readonly signal: AbortSignal;
}
/** The body of a good answer. */
export type Transport = (request: VaultRequest) => Promise<JsonValue>;

/** HTTP with kept connections. Failures: `ProviderError`, or `VaultRefusal` where the meaning depends on the request. */
export function createTransport(place: string, tls: AgentOptions, connections: number): Transport {
  const agents = new Map<string, Agent>();

  async function send(request: VaultRequest, url: URL, redirects: number): Promise<JsonValue> {
    const secure = url.protocol === 'https:';
    const http = secure ? process.getBuiltinModule('node:https') : process.getBuiltinModule('node:http');
    let agent = agents.get(url.protocol);
    if (agent === undefined) {
      agent = new http.Agent({ keepAlive: true, maxSockets: connections, ...(secure ? tls : {}) });
      agents.set(url.protocol, agent);
    }
    const body = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body));
    const headers = {
      accept: 'application/json',
      'user-agent': 'keyfirst',
      // Vault Agent and Proxy may insist on it as a guard against forged requests.
      'x-vault-request': 'true',
      ...request.headers,
      ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(body.length) }),
    };
    const answer = await new Promise<Answer>((resolve, reject) => {
      const fail = (error: unknown) => reject(networkError(error, place));
      const outgoing = http.request(url, { method: request.method, headers, agent, signal: request.signal }, (incoming) => {
        readAnswer(incoming, place).then(resolve, fail);
      });
      outgoing.on('error', fail);
      outgoing.end(body);
    });
    const target = redirectTarget(answer, url);
    return target !== undefined && redirects < MAX_REDIRECTS ? send(request, target, redirects + 1) : checkAnswer(answer, place);
  }

  return (request) => send(request, new URL(request.url), 0);
}

async function readAnswer(incoming: IncomingMessage, place: string): Promise<Answer> {
  const body = await readBody(incoming, { place, most: MAX_ANSWER, remedy: TOO_LARGE });
  const { headers } = incoming;
  const text = body.toString('utf8');
  return {
    status: incoming.statusCode ?? 0,
    contentType: headers['content-type'],
    retryAfter: headers['retry-after'],
    location: headers.location,
    empty: text === '',
    json: parse(text),
  };
}

function parse(text: string): JsonValue | undefined {
  try {
    return parseExactJson(text);
  } catch {
    return undefined;
  }
}

/** Never from https to http: the token would travel in the clear. */
function redirectTarget({ status, location }: Answer, from: URL): URL | undefined {
  if (![301, 302, 307, 308].includes(status) || location === undefined || !URL.canParse(location, from.href)) return undefined;
  const target = new URL(location, from);
  return target.protocol === 'https:' || target.protocol === from.protocol ? target : undefined;
}
