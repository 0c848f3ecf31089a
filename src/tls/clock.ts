import { setTimeout } from 'node:timers/promises';

/** Time as the certificate sources see it, so that tests can turn it. */
export interface Clock {
  /** Milliseconds since 1970; somebody may set it. */
  now(): number;
  /** Milliseconds since some moment, for durations: it only goes on, whatever is done to the machine's clock. */
  elapsed(): number;
  /** Resolves after so many milliseconds, or at once when `signal` aborts; never rejects. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: Date.now,
  elapsed: () => performance.now(),
  async sleep(milliseconds, signal) {
    await setTimeout(milliseconds, undefined, { signal }).catch(() => undefined);
  },
};
