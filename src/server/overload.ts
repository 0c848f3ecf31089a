import type { Server } from 'node:https';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Metrics } from './metrics.ts';
import { seldom } from './seldom.ts';

export interface WorkLimits {
  /** Calls begun and not answered, those whose body is still arriving among them. */
  readonly calls: number;
  /** Bytes of their bodies together. */
  readonly bytes: number;
  /** Milliseconds that one turn of the event loop may take; calls that it comes to later are turned away. */
  readonly turn: number;
}

/**
 * One API server has at most 200 changes under way. Measured on the built webhook, heap of 128 MiB: 500 calls of 29 KB at once
 * take it from 73 to 188 MiB, 20 callers with 2.8 MB each to 345 MiB, and to no less with half the bytes; the chart allows 512. A second is a tenth of what the API server gives a call, and half of what
 * the kubelet gives a probe, so that overload makes no replica unready.
 */
export const WORK_LIMITS: WorkLimits = { calls: 500, bytes: 16 * 1024 * 1024, turn: 1_000 };

export interface OverloadDependencies {
  readonly metrics: Pick<Metrics, 'admission' | 'validation' | 'inFlight'>;
  readonly log: Pick<Logger, 'warn'>;
  /** The largest body that is read; a call that does not tell its length counts as one of this. */
  readonly largestBody: number;
  readonly limits?: WorkLimits | undefined;
}

/** Of the limits, for reviews of workloads: pods come first. */
const ADVISORY_SHARE = 0.5;

/** Milliseconds between two lines in the log about calls turned away. */
const LOG_EVERY = 1_000;

/**
 * Turns calls away with 429 while there is more work than can be answered in time, before their body is read. To the API
 * server `Retry-After` means: ask again, within the time of the call. So a pod comes a second later and is not refused.
 * Workloads, which only get warnings, are not held up: without the header the API server goes on without an answer. Probes
 * are never turned away.
 *
 * Not `@fastify/under-pressure`: it knows the mean delay of the loop, a sample ago, so it lets everything in for a second and
 * then nothing for the next; and it bounds neither calls nor their bytes.
 */
export function limitWork(server: FastifyInstance<Server>, dependencies: OverloadDependencies): void {
  const { metrics, largestBody, limits = WORK_LIMITS } = dependencies;
  const refused = seldom<string>(LOG_EVERY, (count, problem) =>
    dependencies.log.warn({ calls: count, problem }, 'overloaded, calls turned away'),
  );
  const loop = loopTurn();
  let calls = 0;
  let bytes = 0;
  metrics.inFlight(() => calls);

  server.addHook('onRequest', (request, reply, done) => {
    if (request.method !== 'POST') return done();
    const size = Math.min(bodyLength(request.headers['content-length'], largestBody), largestBody);
    const advisory = request.routeOptions.url === '/validate';
    const share = advisory ? ADVISORY_SHARE : 1;
    const problem =
      loop.elapsed() > limits.turn * share
        ? `calls have been waiting for more than ${limits.turn * share} ms`
        : calls >= limits.calls * share
          ? `${calls} calls are under way`
          : calls > 0 && bytes + size > limits.bytes * share
            ? `calls of ${bytes} bytes are under way`
            : undefined;
    if (problem === undefined) {
      calls += 1;
      bytes += size;
      // Also when the caller hangs up in the middle of its body.
      reply.raw.once('close', () => {
        calls -= 1;
        bytes -= size;
      });
      return done();
    }
    if (advisory) metrics.validation('error');
    else metrics.admission({ outcome: 'error', reason: 'overloaded' });
    refused(problem);
    if (!advisory) reply.header('retry-after', '1');
    reply.code(429).send({ error: `Keyfirst is overloaded: ${problem}; ask again in a second, and give it more replicas if this lasts` });
  });
}

/** How long the current turn of the event loop has been taking calls: what waits in sockets is taken in one turn. */
function loopTurn(): { elapsed(): number } {
  let began: number | undefined;
  const end = () => (began = undefined);
  return {
    elapsed() {
      const now = performance.now();
      if (began === undefined) {
        began = now;
        setImmediate(end);
      }
      return now - began;
    },
  };
}

function bodyLength(header: string | undefined, unknown: number): number {
  const length = header === undefined ? Number.NaN : Number(header);
  return Number.isNaN(length) ? unknown : length;
}
