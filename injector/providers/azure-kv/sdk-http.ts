import type { SecretClientOptions } from '@azure/keyvault-secrets';
import { checkAnswer, VaultRefusal } from './answer.ts';
import type { Entra } from './entra.ts';
import type { Peer } from './network-error.ts';
import type { Transport } from './transport.ts';

export type HttpClient = NonNullable<SecretClientOptions['httpClient']>;
type Send = HttpClient['sendRequest'];
type SdkHeaders = Awaited<ReturnType<Send>>['headers'];

/**
 * The SDK's HTTP client on our transport. The first request already carries the store's token: by itself the SDK sends one
 * without, to be told by a 401 which tenant and audience to ask for, and every client does so anew. We know both, and the
 * SDK still answers a 401 through the credential, once. Any other refusal is thrown here: the SDK's errors quote the answer.
 */
export function createHttpClient(send: Transport, entra: Entra, peer: Peer): HttpClient {
  return {
    async sendRequest(request) {
      const signal = request.abortSignal instanceof AbortSignal ? request.abortSignal : undefined;
      const headers: Record<string, string> = {};
      // Nothing is decompressed here; small JSON gains nothing by it.
      for (const [name, value] of request.headers) if (name.toLowerCase() !== 'accept-encoding') headers[name.toLowerCase()] = value;
      const challenged = headers.authorization !== undefined;
      headers.authorization ??= `Bearer ${(await entra.token(signal)).token}`;
      const answer = await send({ method: request.method, url: request.url, headers, signal }, peer);
      checkAnswer(answer, peer, Date.now());
      const challenge = answer.status === 401 && !challenged && answer.headers.has('www-authenticate');
      if (answer.status >= 400 && !challenge) throw new VaultRefusal(answer.status, answer.json);
      return { request, status: answer.status, headers: sdkHeaders(answer.headers), bodyAsText: answer.text };
    },
  };
}

/** Headers in the form that the SDK expects; `Headers` of Node would load all of `fetch`. */
function sdkHeaders(from: ReadonlyMap<string, string>): SdkHeaders {
  const map = new Map(from);
  return {
    get: (name) => map.get(name.toLowerCase()),
    has: (name) => map.has(name.toLowerCase()),
    set: (name, value) => void map.set(name.toLowerCase(), String(value)),
    delete: (name) => void map.delete(name.toLowerCase()),
    toJSON: () => Object.fromEntries(map),
    [Symbol.iterator]: () => map.entries(),
  };
}
