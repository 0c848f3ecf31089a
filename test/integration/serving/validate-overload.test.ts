import pino from 'pino';
import { expect, it } from 'vitest';
import { createApp } from '../../../src/app.ts';
import { createMetrics } from '../../../src/server/metrics.ts';
import { pod, review, workloadReview } from '../../support/pods.ts';
import { localCertificate } from '../../support/tls.ts';

it('reviews of workloads are turned away before pods are, and the API server need not ask again', async () => {
  let answer = () => {};
  const held = new Promise<void>((resolve) => (answer = resolve));
  const metrics = createMetrics();
  const app = createApp({
    certificate: await localCertificate(),
    mutate: async () => {
      await held;
      return { outcome: 'skip', reason: 'not-annotated', answer: '"allowed":true' };
    },
    advise: async () => ({ outcome: 'silent', warnings: [] }),
    metrics,
    log: pino({ enabled: false }),
    notReady: () => undefined,
    stopping: () => false,
    limits: { calls: 2, bytes: 1_000_000, turn: 60_000 },
  });
  const post = (url: string, payload: object) => app.inject({ method: 'POST', url, payload });
  const validate = () => post('/validate', workloadReview('Deployment', {}));

  expect((await validate()).statusCode).toBe(200);
  const first = post('/mutate', review(pod()));
  await expect.poll(async () => await metrics.registry.getSingleMetricAsString('keyfirst_admissions_in_flight')).toMatch(/in_flight 1$/m);
  const advice = await validate();
  const second = post('/mutate', review(pod()));
  answer();

  expect({ status: advice.statusCode, retryAfter: advice.headers['retry-after'] }).toEqual({ status: 429, retryAfter: undefined });
  expect([(await first).statusCode, (await second).statusCode]).toEqual([200, 200]);
  await app.close();
});
