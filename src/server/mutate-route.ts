import type { Server } from 'node:https';
import type { FastifyInstance, onRequestHookHandler } from 'fastify';
import type { Logger } from 'pino';
import { respond } from '../admission/response.ts';
import { type AdmissionRequest, parseReview } from '../admission/review.ts';
import type { Verdict } from '../admission/verdict.ts';
import type { Metrics } from './metrics.ts';

export interface MutateDependencies {
  readonly mutate: (pod: unknown, namespace: string) => Verdict | Promise<Verdict>;
  readonly metrics: Pick<Metrics, 'admission'>;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

const JSON_TYPE = 'application/json; charset=utf-8';
/** Milliseconds of the monotonic clock. */
const ARRIVED = 'arrived';

/**
 * `POST /mutate`: bytes → review → decision → answer, with one log line and one metric an admission. The body is never
 * logged. A body that is no review gets 400: the API server then applies the failure policy.
 */
export function registerMutate(server: FastifyInstance<Server>, { mutate, metrics, log }: MutateDependencies): void {
  // Before Fastify reads the body, so that a slow one shows in the metric.
  server.decorateRequest(ARRIVED, 0);
  const onRequest: onRequestHookHandler = (request, _reply, done) => {
    request.setDecorator(ARRIVED, performance.now());
    done();
  };
  server.post('/mutate', { onRequest }, async (request, reply) => {
    const started = request.getDecorator<number>(ARRIVED);
    const seconds = () => (performance.now() - started) / 1000;
    const review = parseReview(Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0));
    if (!review.ok) {
      metrics.admission({ outcome: 'error', reason: 'malformed-review' }, seconds());
      log.warn({ problem: review.problem }, 'review refused');
      return reply.code(400).send({ error: review.problem });
    }
    const verdict = await mutate(review.request.pod, review.request.namespace);
    const answer = respond(review.request.uid, verdict);
    const outcome = { outcome: verdict.outcome, reason: verdict.reason };
    metrics.admission(outcome, seconds());
    log.info({ ...describe(review.request), ...outcome, milliseconds: round(seconds() * 1000) }, 'admission');
    return reply.type(JSON_TYPE).send(answer);
  });
}

/** Names only; of the pod just the name, which is no secret. */
function describe({ uid, namespace, name, dryRun, pod }: AdmissionRequest): object {
  return { uid, namespace, pod: name || generatedName(pod), dryRun };
}

function generatedName(pod: unknown): string {
  if (typeof pod !== 'object' || pod === null || !('metadata' in pod)) return '';
  const { metadata } = pod;
  if (typeof metadata !== 'object' || metadata === null) return '';
  const name = 'name' in metadata ? metadata.name : 'generateName' in metadata ? metadata.generateName : '';
  return typeof name === 'string' ? name.slice(0, 253) : '';
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
