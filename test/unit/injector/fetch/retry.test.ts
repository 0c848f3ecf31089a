import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pace } from '../../../../injector/fetch/pace.ts';
import { type RetryOptions, retryDelay, withRetry } from '../../../../injector/fetch/retry.ts';
import { Slots } from '../../../../injector/fetch/slots.ts';
import { ProviderError, type ProviderErrorCode } from '../../../../injector/providers/provider-error.ts';
import { VirtualClock } from '../virtual-clock.ts';

const problem = (code: ProviderErrorCode, retryAfter?: number) => new ProviderError(code, code, { remedy: 'r', retryAfter });

function setup(deadline = 120_000, more: Partial<RetryOptions> = {}) {
  const clock = new VirtualClock();
  const delays: number[] = [];
  const stop = clock.timeout(deadline);
  const options: RetryOptions = {
    clock,
    random: () => 1,
    pace: new Pace(),
    slots: new Slots(16),
    stop,
    deadlineAt: deadline,
    giveUp: new AbortController().signal,
    place: 'the store',
    onRetry: (_error, delay) => delays.push(delay),
    ...more,
  };
  return { clock, delays, options };
}

/** Fails with each error in turn, then succeeds. */
function failing(...errors: ProviderError[]) {
  let calls = 0;
  const attempt = async () => {
    const error = errors[calls++];
    if (error !== undefined) throw error;
    return 'value';
  };
  return { attempt, calls: () => calls };
}

describe('retry', () => {
  it.each<ProviderErrorCode>(['unreachable', 'unavailable'])('tries again after %s', async (code) => {
    const { clock, delays, options } = setup();
    const { attempt } = failing(problem(code), problem(code), problem(code));

    expect(await clock.until(withRetry(attempt, options))).toBe('value');
    expect(delays).toEqual([250, 500, 1000]);
  });

  it.each<ProviderErrorCode>(['not-found', 'denied', 'login-refused', 'untrusted', 'protocol', 'invalid'])(
    'fails at once after %s',
    async (code) => {
      const { clock, options } = setup();
      const { attempt, calls } = failing(problem(code));

      await expect(clock.until(withRetry(attempt, options))).rejects.toMatchObject({ code });
      expect(calls()).toBe(1);
    },
  );

  it('does not retry what is no store failure', async () => {
    const { clock, options } = setup();

    await expect(clock.until(withRetry(() => Promise.reject(new TypeError('bug')), options))).rejects.toThrow(TypeError);
  });

  it('waits as long as the store asks', async () => {
    const { clock, delays, options } = setup();

    await clock.until(withRetry(failing(problem('unavailable', 7_000), problem('throttled', 7_000)).attempt, options));

    expect(delays).toEqual([7_250, 15_000]);
  });

  it('ends an attempt that never answers after 10 s and tries again', async () => {
    const { clock, options } = setup();
    let calls = 0;

    const result = withRetry(() => (calls++ === 0 ? new Promise<string>(() => undefined) : Promise.resolve('value')), options);

    expect(await clock.until(result)).toBe('value');
    expect(clock.now()).toBe(10_250);
  });

  it.each([500, 1_500, 5_000, 33_000])('ends at the deadline of %i ms, whatever the attempts do', async (deadline) => {
    const { clock, options } = setup(deadline);

    await expect(clock.until(withRetry(() => new Promise(() => undefined), options))).rejects.toMatchObject({ code: 'unreachable' });
    expect(clock.now()).toBeLessThanOrEqual(deadline);
  });

  it('tells the last real failure rather than the one that the deadline made', async () => {
    const { clock, options } = setup(5_000);
    let calls = 0;

    const result = withRetry(() => (calls++ === 0 ? Promise.reject(problem('unavailable')) : new Promise(() => undefined)), options);

    await expect(clock.until(result)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('lets the attempt end but does not try again once someone else has failed for good', async () => {
    const giveUp = new AbortController();
    const { clock, options } = setup(60_000, { giveUp: giveUp.signal });
    clock.at(100, () => giveUp.abort());
    const { attempt, calls } = failing(problem('unavailable'));

    await expect(clock.until(withRetry(attempt, options))).rejects.toMatchObject({ code: 'unavailable' });
    expect([calls(), clock.now()]).toEqual([1, 100]);
  });

  it('waits between 0 and the cap, never past the deadline less one second, and at least what was asked while time remains', () => {
    const random = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        fc.constantFrom<ProviderErrorCode>('throttled', 'unavailable'),
        fc.integer({ min: 1, max: 60 }),
        fc.option(fc.nat(200_000), { nil: undefined }),
        fc.nat(200_000),
        random,
        (code, tries, asked, remaining, chance) => {
          const delay = retryDelay(tries, { code, retryAfter: asked }, remaining, { window: 16_000, random: () => chance });
          if (remaining <= 1000) return delay === undefined;
          return (
            delay !== undefined &&
            delay >= Math.min(asked ?? 0, remaining - 1000) &&
            delay <= Math.min((asked ?? 0) + (code === 'throttled' ? 16_000 : 8000), remaining - 1000)
          );
        },
      ),
    );
  });

  it('spreads over the whole range, which doubles until it ends at 8 s', () => {
    const delay = (tries: number, chance: number) => retryDelay(tries, problem('unavailable'), 1e9, { window: 0, random: () => chance });

    expect([1, 2, 3, 4, 5, 6, 7, 60].map((tries) => delay(tries, 1))).toEqual([250, 500, 1000, 2000, 4000, 8000, 8000, 8000]);
    expect(delay(5, 0)).toBe(0);
  });
});

describe('at a store that throttles', () => {
  it('waits longer each time, up to 16 s', async () => {
    const { clock, delays, options } = setup();

    await clock.until(withRetry(failing(problem('throttled'), problem('throttled'), problem('throttled')).attempt, options));

    expect(delays).toEqual([8_000, 16_000, 16_000]);
  });

  it('leaves time for more attempts when little remains', async () => {
    const { clock, delays, options } = setup(12_000);

    await clock.until(withRetry(failing(problem('throttled'), problem('throttled')).attempt, options));

    expect(delays).toEqual([3_000, 2_250]);
  });

  it('asks one after the other from then on, slower or faster by what the store answers', async () => {
    const { clock, options } = setup();
    const started: [string, number][] = [];
    const request = (name: string, ...answers: ProviderErrorCode[]) =>
      withRetry(async () => {
        started.push([name, clock.now()]);
        const code = answers.shift();
        if (code !== undefined) throw problem(code);
      }, options);

    await clock.until(request('login', 'throttled'));
    await clock.until(Promise.all([request('a'), request('b', 'throttled'), request('c')]));

    expect(started).toEqual([
      ['login', 0],
      ['login', 8_000],
      ['a', 13_600],
      ['b', 17_520],
      ['c', 25_520],
      ['b', 33_520],
    ]);
  });

  it('tells of the throttling also for what never got its turn', async () => {
    const { clock, options } = setup(5_000);
    const always = () => withRetry(() => Promise.reject(problem('throttled', 3_000)), options);
    const results = await clock.until(Promise.allSettled([always(), always(), always()]));

    for (const result of results) expect(result).toMatchObject({ reason: { code: 'throttled' } });
    expect(clock.now()).toBeLessThanOrEqual(5_000);
  });
});
