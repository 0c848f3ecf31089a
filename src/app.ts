import type { Server } from 'node:https';
import fastify, { type FastifyInstance } from 'fastify';
import type { Metrics } from './server/metrics.ts';
import { type MutateDependencies, registerMutate } from './server/mutate-route.ts';
import { registerProbes } from './server/probe-routes.ts';
import type { ServingCertificate } from './tls/source.ts';

/** The API server takes objects to 3 MiB; a review may hold the old and the new one and 1 MiB around them. */
const MAX_BODY = 7 * 1024 * 1024;
/** Longer than the 90 s for which the API server keeps an idle connection, so that it never writes into a closing one. */
const KEEP_ALIVE = 120_000;
/** The API server gives up on a call after 10 s by our own configuration; no request may take longer to arrive. */
const REQUEST_TIMEOUT = 15_000;

export interface AppDependencies extends MutateDependencies {
  readonly certificate: ServingCertificate;
  /** Why the server is not ready, or undefined. */
  readonly notReady: () => string | undefined;
  /** Whether the server is about to stop: answers then close their connection, so that callers move on. */
  readonly stopping: () => boolean;
}

/** The webhook's HTTPS server, not yet listening. */
export function createApp({ certificate, notReady, stopping, ...mutate }: AppDependencies): FastifyInstance<Server> {
  const server = fastify({
    https: {
      cert: certificate.certificate,
      key: certificate.key,
      minVersion: 'TLSv1.2',
      headersTimeout: KEEP_ALIVE + 5_000,
    },
    bodyLimit: MAX_BODY,
    keepAliveTimeout: KEEP_ALIVE,
    requestTimeout: REQUEST_TIMEOUT,
    logger: false,
  });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  server.setErrorHandler(async (error: { statusCode?: number; code?: string; stack?: string }, _request, reply) => {
    const status = error.statusCode ?? 500;
    mutate.metrics.admission({ outcome: 'error', reason: status < 500 ? 'refused-request' : 'internal' });
    mutate.log.warn({ status, code: error.code, ...(status < 500 ? {} : { at: framesOf(error.stack) }) }, 'request failed');
    return reply.code(status).send({ error: ERRORS[status] ?? 'Keyfirst could not answer this request; its log has the place' });
  });
  server.addHook('onSend', async (_request, reply) => {
    if (stopping()) reply.header('connection', 'close');
  });
  registerMutate(server, mutate);
  registerProbes(server, notReady);
  return server;
}

/** `GET /metrics` over plain HTTP on a port of its own, so that scrapes need no certificate. */
export function createMetricsApp({ registry }: Pick<Metrics, 'registry'>): FastifyInstance {
  const server = fastify({ logger: false });
  server.get('/metrics', async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()));
  return server;
}

const ERRORS: Readonly<Record<number, string>> = {
  400: 'the request is malformed',
  413: `the body is larger than ${MAX_BODY} bytes`,
  415: 'the body is not application/json',
};

/** Where an unexpected error came from, without its message, which could hold a piece of the pod. */
function framesOf(stack = ''): string[] {
  return stack.split('\n').flatMap((line) => (line.trimStart().startsWith('at ') ? [line.trim()] : []));
}
