import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Verdict } from '../../../../src/admission/verdict.ts';
import { createApp } from '../../../../src/app.ts';
import { createMetrics } from '../../../../src/server/metrics.ts';
import type { WorkLimits } from '../../../../src/server/overload.ts';
import type { ServingCertificate } from '../../../../src/tls/source.ts';
import { pod, review, workloadReview } from '../../../support/pods.ts';
import { localCertificate } from '../../../support/tls.ts';

let certificate: ServingCertificate;
beforeAll(async () => {
  certificate = await localCertificate();
});
afterAll(() => vi.restoreAllMocks());

const WIDE: WorkLimits = { calls: 100, bytes: 1_000_000, turn: 60_000 };

async function start(limits: Partial<WorkLimits>) {
  const metrics = createMetrics();
  const warn = vi.fn();
  const decided = Promise.withResolvers<Verdict>();
  const app = createApp({
    certificate,
    mutate: () => decided.promise,
    advise: async () => ({ outcome: 'silent', warnings: [] }),
    metrics,
    log: { info: () => undefined, warn },
    notReady: () => undefined,
    stopping: () => false,
    limits: { ...WIDE, ...limits },
  });
  await app.ready();
  const headers = { 'content-type': 'application/json' };
  return {
    warn,
    app,
    finish: () => decided.resolve({ outcome: 'skip', reason: 'not-annotated', answer: '"allowed":true' }),
    send: () => app.inject({ method: 'POST', url: '/mutate', headers, payload: JSON.stringify(review(pod())) }),
    validate: () => app.inject({ method: 'POST', url: '/validate', headers, payload: JSON.stringify(workloadReview('Deployment', {})) }),
    inFlight: async () => /^keyfirst_admissions_in_flight (\d+)$/m.exec(await metrics.registry.metrics())?.[1],
    text: () => metrics.registry.metrics(),
  };
}

describe('limits of work', () => {
  it.each([
    ['calls', { calls: 1 }, '1 calls are under way'],
    ['bytes', { bytes: 10 }, /calls of \d+ bytes are under way/],
  ])('turn the next call away by %s, count and say it, and let it in afterwards', async (_name, limits, problem) => {
    const server = await start(limits);
    const first = server.send();
    await vi.waitFor(async () => expect(await server.inFlight()).toBe('1'));

    const second = await server.send();
    const third = await server.send();
    const workload = await server.validate();
    const probes = await Promise.all(['/livez', '/readyz'].map((url) => server.app.inject(url)));

    for (const { statusCode, headers } of [second, third]) expect([statusCode, headers['retry-after']]).toEqual([429, '1']);
    expect(second.json().error).toMatch(problem);
    expect([workload.statusCode, workload.headers['retry-after']]).toEqual([429, undefined]);
    expect(probes.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
    expect(await server.text()).toContain('keyfirst_admissions_total{outcome="error",reason="overloaded"} 2');
    expect(await server.text()).toContain('keyfirst_validations_total{outcome="error"} 1');
    expect(server.warn.mock.calls).toEqual([[{ calls: 1, problem: expect.stringMatching(problem) }, 'overloaded, calls turned away']]);

    server.finish();
    expect((await first).statusCode).toBe(200);
    await vi.waitFor(async () => expect(await server.inFlight()).toBe('0'));
    expect((await server.send()).statusCode).toBe(200);
  });
});
