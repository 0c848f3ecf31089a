import { type ConfigurationOptions, Observable, type ObservableMiddleware } from '@kubernetes/client-node';

/** Milliseconds for one call; the library itself would wait five minutes for a server that accepts and says nothing. */
const CALL_TIMEOUT = 5_000;

/** Options of one call of the client library: ends when `signal` aborts, at the latest after five seconds. */
export function callOptions(more: readonly ObservableMiddleware[] = [], signal?: AbortSignal): ConfigurationOptions {
  const timeout = onRequest((request) => {
    const limit = AbortSignal.timeout(CALL_TIMEOUT);
    request.setSignal(signal === undefined ? limit : AbortSignal.any([signal, limit]));
  });
  return { middleware: [timeout, ...more], middlewareMergeStrategy: 'append' };
}

/** A middleware that changes the request and leaves the answer alone. */
export function onRequest(change: (request: Parameters<ObservableMiddleware['pre']>[0]) => void): ObservableMiddleware {
  return {
    pre(request) {
      change(request);
      return new Observable(Promise.resolve(request));
    },
    post: (response) => new Observable(Promise.resolve(response)),
  };
}

/** A middleware that looks at the answer's head and leaves all as it is. */
export function onAnswer(look: (answer: { readonly headers: Readonly<Record<string, string>> }) => void): ObservableMiddleware {
  return {
    pre: (request) => new Observable(Promise.resolve(request)),
    post(response) {
      look(response);
      return new Observable(Promise.resolve(response));
    },
  };
}
