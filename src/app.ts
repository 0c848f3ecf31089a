import type { Server } from 'node:https';
import fastify, { type FastifyInstance } from 'fastify';
import { type Callers, checkCallers } from './server/check-callers.ts';
import type { Metrics } from './server/metrics.ts';
import { type MutateDependencies, registerMutate } from './server/mutate-route.ts';
import { limitWork, type WorkLimits } from './server/overload.ts';
import { registerProbes } from './server/probe-routes.ts';
import { secureContext } from './server/secure-context.ts';
import { registerValidate, type ValidateDependencies } from './server/validate-route.ts';
import type { ServingCertificate } from './tls/source.ts';

/** The API server takes objects to 3 MiB; a review may hold the old and the new one and 1 MiB around them. */
const MAX_BODY = 7 * 1024 * 1024;
/** Longer than the 90 s for which the API server keeps an idle connection, so that it never writes into a closing one. */
const KEEP_ALIVE = 120_000;
/** The API server gives up on a call after 10 s by our own configuration; no request may take longer to arrive. */
const REQUEST_TIMEOUT = 15_000;
const HANDSHAKE_TIMEOUT = 10_000;
/** 68 KiB each, measured while idle. One API server has some hundred at most; beyond, new ones are closed at once, those of probes too. */
const MAX_CONNECTIONS = 1_500;

/** A handful at most: Prometheus, twice perhaps, and a hand. */
const MAX_SCRAPERS = 50;

export interface AppDependencies extends MutateDependencies, ValidateDependencies {
  readonly metrics: MutateDependencies['metrics'] & ValidateDependencies['metrics'] & Pick<Metrics, 'inFlight'>;
  readonly certificate: ServingCertificate;
  /** Why the server is not ready, or undefined. */
  readonly notReady: () => string | undefined;
  /** Whether the server is about to stop: answers then close their connection, so that callers move on. */
  readonly stopping: () => boolean;
  /** How much work is taken on at a time; absent: `WORK_LIMITS`. */
  readonly limits?: WorkLimits;
  /** Who may ask; absent: anybody who reaches the port. */
  readonly callers?: Callers | undefined;
}

/** The webhook's HTTPS server, not yet listening. */
export function createApp({ certificate, notReady, stopping, limits, callers, ...routes }: AppDependencies): FastifyInstance<Server> {
  const server = fastify({
    https: {
      ...secureContext(certificate, callers?.authorities()),
      // Asked for, not demanded: probes have none.
      ...(callers === undefined ? {} : { requestCert: true, rejectUnauthorized: false }),
      // Callers that never get to the end of anything must not collect; the time-outs are looked at once a second.
      handshakeTimeout: HANDSHAKE_TIMEOUT,
      headersTimeout: REQUEST_TIMEOUT,
      connectionsCheckingInterval: 1_000,
    },
    // A call that arrives on a connection kept open while the server closes is answered like any other.
    return503OnClosing: false,
    bodyLimit: MAX_BODY,
    keepAliveTimeout: KEEP_ALIVE,
    requestTimeout: REQUEST_TIMEOUT,
    logger: false,
  });
  server.server.maxConnections = MAX_CONNECTIONS;
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  server.setErrorHandler(async (error: { statusCode?: number; code?: string; stack?: string }, request, reply) => {
    const status = error.statusCode ?? 500;
    if (request.routeOptions.url === '/validate') routes.metrics.validation('error');
    else routes.metrics.admission({ outcome: 'error', reason: status < 500 ? 'refused-request' : 'internal' });
    routes.log.warn({ status, code: error.code, ...(status < 500 ? {} : { at: framesOf(error.stack) }) }, 'request failed');
    return reply.code(status).send({ error: ERRORS[status] ?? 'Keyfirst could not answer this request; its log has the place' });
  });
  server.addHook('onSend', (_request, reply, _payload, done) => {
    if (stopping()) reply.header('connection', 'close');
    done();
  });
  if (callers !== undefined) checkCallers(server, { ...routes, callers });
  server.addHook('onRequest', (request, reply, done) => (request.is404 ? unknownRoute(reply) : done()));
  limitWork(server, { ...routes, limits, largestBody: MAX_BODY });
  registerMutate(server, routes);
  registerValidate(server, routes);
  registerProbes(server, notReady);
  return server;
}

/** `GET /metrics` over plain HTTP on a port of its own, so that scrapes need no certificate. */
export function createMetricsApp({ registry }: Pick<Metrics, 'registry'>): FastifyInstance {
  const server = fastify({ logger: false, bodyLimit: 1, requestTimeout: REQUEST_TIMEOUT, connectionTimeout: KEEP_ALIVE });
  server.server.maxConnections = MAX_SCRAPERS;
  server.addHook('onRequest', (request, reply, done) => (request.is404 ? unknownRoute(reply) : done()));
  server.get('/metrics', async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()));
  return server;
}

const ERRORS: Readonly<Record<number, string>> = {
  400: 'the request is malformed',
  413: `the body is larger than ${MAX_BODY} bytes`,
  415: 'the body is not application/json',
};

interface Answering {
  code(status: number): { header(name: string, value: string): { send(body: object): unknown } };
}

/** Before the body comes: Fastify would gather it first, of any method and beside all limits. */
function unknownRoute(reply: Answering): void {
  reply.code(404).header('connection', 'close').send({ error: 'there is nothing here; the webhook configuration names the routes' });
}

/** Where an unexpected error came from, without its message, which could hold a piece of the pod. */
function framesOf(stack = ''): string[] {
  return stack.split('\n').flatMap((line) => (line.trimStart().startsWith('at ') ? [line.trim()] : []));
}
