import { afterEach, describe, expect, it } from 'vitest';
import { KubeError } from '../../../../src/kube/kube-error.ts';
import type { PodEntry } from '../../../../src/tls/ca-bundle.ts';
import { prune } from '../../../../src/tls/pruner.ts';
import { fakeClock, fakeLog, fakePods } from '../../../support/tls-fakes.ts';

let abort = new AbortController();
afterEach(() => {
  abort.abort();
  abort = new AbortController();
});

function setUp(...entries: PodEntry[]) {
  const clock = fakeClock();
  const pods = fakePods();
  const { log, lines } = fakeLog();
  const gone: string[] = [];
  void prune(
    { namespace: 'system', pods: pods.api, entries: () => entries, onGone: (prints) => gone.push(...prints), log, clock, random: () => 1 },
    abort.signal,
  );
  return { clock, pods, lines, gone };
}
const entry = (podName: string, fingerprint = podName): PodEntry => ({ podName, fingerprint });

describe('prune', () => {
  it('names every entry of a pod that is gone by its fingerprint, and asks once a pod', async () => {
    const { clock, pods, gone } = setUp(entry('a', 'a1'), entry('b'), entry('a', 'a2'));
    pods.gone.add('a');

    await clock.advance(20_000);

    expect(gone).toEqual(['a1', 'a2']);
    expect(pods.asked).toEqual(['system/a', 'system/b']);
  });

  it.each([
    ['the API server does not answer', new KubeError('cluster-unreachable', 'away')],
    ['it refuses', new KubeError('cluster-refused', 'no')],
    ['the right is missing', new KubeError('cluster-denied', 'may not get pods')],
    ['something else is wrong', new Error('broken')],
  ])('keeps everything when %s', async (_what, failure) => {
    const { clock, pods, gone } = setUp(entry('a'), entry('b'));
    pods.gone.add('a');
    pods.failure = failure as KubeError;

    await clock.advance(60_000);

    expect(gone).toEqual([]);
    expect(pods.asked.length).toBeGreaterThan(0);
  });

  it('says once that the right is missing, asks seldom then, and goes on when it is given', async () => {
    const { clock, pods, lines, gone } = setUp(entry('a'));
    pods.gone.add('a');
    pods.failure = new KubeError('cluster-denied', 'may not get pods system/a');

    await clock.advance(3_600_000);
    expect(pods.asked.length).toBeLessThan(10);
    expect(lines).toEqual([
      { level: 'warn', data: { problem: 'may not get pods system/a' }, message: 'CAs of pods that are gone stay until they expire' },
    ]);

    pods.failure = undefined;
    await clock.advance(600_000);
    expect(gone).toContain('a');
  });

  it('asks about many less often', async () => {
    const { clock, pods } = setUp(...Array.from({ length: 20 }, (_, index) => entry(`pod-${index}`)));

    await clock.advance(20_000);
    expect(pods.asked).toHaveLength(20);
    await clock.advance(99_000);
    expect(pods.asked).toHaveLength(20);
    await clock.advance(1_000);
    expect(pods.asked).toHaveLength(40);
  });

  it('asks nothing where there is nobody else, and nothing once it was stopped', async () => {
    const { clock, pods } = setUp();
    await clock.advance(60_000);
    expect(pods.asked).toEqual([]);

    const other = setUp(entry('a'));
    abort.abort();
    await other.clock.advance(60_000);
    expect(other.pods.asked).toEqual([]);
  });
});
