import { setTimeout as sleep } from 'node:timers/promises';

/** Time as the stages see it; tests pass one that runs on its own. */
export interface Clock {
  /** Milliseconds of some epoch. */
  now(): number;
  /** Waits; ends early, without an error, when the signal aborts. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** A signal that aborts after so many milliseconds. */
  timeout(milliseconds: number): AbortSignal;
}

export const systemClock: Clock = {
  now: Date.now,
  async sleep(milliseconds, signal) {
    await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
  },
  timeout: (milliseconds) => AbortSignal.timeout(milliseconds),
};
