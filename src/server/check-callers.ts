import type { X509Certificate } from 'node:crypto';
import type { Server } from 'node:https';
import { TLSSocket } from 'node:tls';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { type CallerProblem, whyNotCaller } from '../tls/why-not-caller.ts';
import type { Metrics } from './metrics.ts';
import { PROBES } from './probe-routes.ts';
import { seldom } from './seldom.ts';

/** Who may ask. */
export interface Callers {
  /** Names of which a client certificate must have one; empty: any will do. */
  readonly names: readonly string[];
  /** The CA certificates in use: the same array until they change. */
  authorities(): readonly X509Certificate[];
}

export interface CheckCallersDependencies {
  readonly callers: Callers;
  readonly metrics: Pick<Metrics, 'admission' | 'validation'>;
  readonly log: Pick<Logger, 'warn'>;
}

/** Milliseconds between two lines in the log about callers refused. */
const LOG_EVERY = 10_000;

/** What was found of a connection, good until another file is in use or its certificate ends. */
interface Verdict {
  readonly authorities: readonly X509Certificate[];
  /** Milliseconds since 1970. */
  readonly until: number;
  readonly refused: CallerProblem | undefined;
}

/**
 * Answers nobody without a client certificate that will do: 401 or 403 with the reason; the body is let go as it comes. Everything but the
 * probes is behind it, since the kubelet has no certificate; so the handshake lets everybody in, and each request is judged.
 * The answer is a `Status`, whose message the API server passes on to whoever makes the pod.
 */
export function checkCallers(server: FastifyInstance<Server>, { callers, metrics, log }: CheckCallersDependencies): void {
  const verdicts = new WeakMap<TLSSocket, Verdict>();
  const refusal = seldom<{ problem: string; address: string | undefined }>(LOG_EVERY, (calls, last) =>
    log.warn({ calls, ...last }, 'callers refused'),
  );

  server.addHook('onRequest', (request, reply, done) => {
    if (PROBES.includes(request.routeOptions.url ?? '')) return done();
    const refused = verdictOf(request);
    if (refused === undefined) return done();
    const { status, problem } = refused;
    if (request.routeOptions.url === '/validate') metrics.validation('error');
    else metrics.admission({ outcome: 'error', reason: 'unknown-caller' });
    refusal({ problem, address: request.socket.remoteAddress });
    // The next call is to make another handshake: one that failed by an older file is not made good by a newer one. A connection
    // that closes while the caller still writes would cost it the answer, so its body is passed over first.
    request.raw.resume().once('end', () => {
      void reply.code(status).header('connection', 'close').send(failure(status, problem));
    });
  });

  function verdictOf({ socket }: FastifyRequest): CallerProblem | undefined {
    if (!(socket instanceof TLSSocket)) return { status: 401, problem: 'the connection is not encrypted' };
    const now = Date.now();
    const authorities = callers.authorities();
    const known = verdicts.get(socket);
    if (known !== undefined && known.authorities === authorities && now < known.until) return known.refused;
    const certificate = socket.getPeerX509Certificate();
    const verifyError = socket.authorized ? undefined : String(socket.authorizationError);
    const refused = whyNotCaller({ certificate, verifyError, authorities, names: callers.names, now: new Date(now) });
    verdicts.set(socket, { authorities, refused, until: certificate?.validToDate.getTime() ?? Number.POSITIVE_INFINITY });
    return refused;
  }
}

function failure(code: CallerProblem['status'], problem: string): object {
  const message = `Keyfirst answers only callers with a client certificate of the CA that it was given (webhook.callers), and ${problem}; what an admin does about it stands in docs/callers.md`;
  const reason = code === 401 ? 'Unauthorized' : 'Forbidden';
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code };
}
