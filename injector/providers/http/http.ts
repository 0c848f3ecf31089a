import type { Agent, IncomingMessage } from 'node:http';
import type { AgentOptions } from 'node:https';
import { parseExactJson } from '../exact-json.ts';
import { readBody } from '../read-body.ts';
import type { JsonValue } from '../value.ts';
import { type Answer, goodAnswer } from './answer.ts';
import { networkError } from './network-error.ts';
import type { Peer } from './peer.ts';

/** Largest answer that is read, in bytes. */
const MAX_ANSWER = 8 * 1024 * 1024;
const TOO_LARGE = "Read a smaller secret; if it is small, look for a proxy that answers in the store's place.";

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object goes as JSON, search parameters as a form. */
  readonly body?: object | URLSearchParams | undefined;
  readonly signal: AbortSignal;
}
export interface HttpResponse {
  readonly json: JsonValue;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}
/** One call that answers JSON. Failures: `ProviderError`, or `HttpRefusal` where the meaning depends on the request. */
export type Http = (peer: Peer, request: HttpRequest) => Promise<HttpResponse>;

/**
 * JSON over `node:http` and `node:https` with kept connections and exact numbers, for stores whose few calls need no SDK.
 * Nothing is tried again and no redirect is followed: a credential goes only where the settings say.
 * `tls` is asked once, before the first call over TLS.
 */
export function createHttp(tls: () => Promise<AgentOptions>, connections: number): Http {
  const agents = new Map<string, Promise<Agent>>();

  // Only the module in use is loaded: node:https costs 5 ms more. An `import` of it would be bundled with a copy of all its names.
  const makeAgent = async (secure: boolean): Promise<Agent> => {
    const options = { keepAlive: true, maxSockets: connections };
    if (!secure) return new (process.getBuiltinModule('node:http').Agent)(options);
    return new (process.getBuiltinModule('node:https').Agent)({ ...options, ...(await tls()) });
  };
  const agentFor = (protocol: string): Promise<Agent> => {
    const agent = agents.get(protocol) ?? makeAgent(protocol === 'https:');
    agents.set(protocol, agent);
    return agent;
  };

  return async (peer, request) => {
    const url = new URL(request.url);
    const agent = await agentFor(url.protocol);
    const { request: start } = process.getBuiltinModule(url.protocol === 'https:' ? 'node:https' : 'node:http');
    const [type, body] = encode(request.body);
    const headers = {
      accept: 'application/json',
      'user-agent': 'keyfirst',
      ...(type === undefined ? {} : { 'content-type': type }),
      ...(request.method === 'GET' ? {} : { 'content-length': String(body?.length ?? 0) }),
      ...request.headers,
    };
    const answer = await new Promise<Answer>((resolve, reject) => {
      const fail = (error: unknown) => reject(networkError(error, peer));
      const outgoing = start(url, { method: request.method, headers, agent, signal: request.signal }, (incoming) => {
        readAnswer(incoming, peer).then(resolve, fail);
      });
      outgoing.on('error', fail);
      outgoing.end(body);
    });
    return { json: goodAnswer(answer, peer, Date.now()), headers: answer.headers };
  };
}

function encode(body: HttpRequest['body']): [type: string | undefined, bytes: Buffer | undefined] {
  if (body === undefined) return [undefined, undefined];
  if (body instanceof URLSearchParams) return ['application/x-www-form-urlencoded', Buffer.from(body.toString())];
  return ['application/json', Buffer.from(JSON.stringify(body))];
}

async function readAnswer(incoming: IncomingMessage, peer: Peer): Promise<Answer> {
  const body = await readBody(incoming, { place: peer.place, most: MAX_ANSWER, remedy: TOO_LARGE });
  return { status: incoming.statusCode ?? 0, headers: incoming.headers, json: parse(body.toString('utf8')) };
}

function parse(text: string): JsonValue | undefined {
  try {
    return parseExactJson(text);
  } catch {
    return undefined;
  }
}
