import type { Server } from 'node:https';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { adviceResponse } from '../admission/advice-response.ts';
import { parseWorkloadReview, type WorkloadRequest } from '../admission/workload-review.ts';
import type { Advice } from './advise.ts';
import type { Metrics } from './metrics.ts';

export interface ValidateDependencies {
  readonly advise: (workload: WorkloadRequest) => Promise<Advice>;
  readonly metrics: Pick<Metrics, 'validation'>;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

/**
 * `POST /validate`: what the pods of a workload will meet, as warnings to who makes it. It always allows and never patches;
 * whatever goes wrong here costs nobody more than a warning.
 */
export function registerValidate(server: FastifyInstance<Server>, { advise, metrics, log }: ValidateDependencies): void {
  server.post('/validate', async (request, reply) => {
    const review = parseWorkloadReview(Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0));
    if (!review.ok) {
      metrics.validation('error');
      log.warn({ problem: review.problem }, 'review refused');
      return reply.code(400).send({ error: review.problem });
    }
    const { uid, namespace, kind, name, dryRun } = review.request;
    const { outcome, warnings } = await advise(review.request);
    metrics.validation(outcome);
    log.info({ uid, namespace, kind, name, dryRun, outcome, warnings: warnings.length }, 'validation');
    return adviceResponse(uid, warnings);
  });
}
