import type { Clock } from '../tls/clock.ts';

export interface SharedReadsOptions<Value> {
  readonly read: (key: string, signal: AbortSignal) => Promise<Value>;
  /** What a read that took longer than `limit` rejects with. */
  readonly timedOut: (key: string) => Error;
  /** Milliseconds that one read may take. */
  readonly limit: number;
  /** Milliseconds for which an answer is remembered; a failure is not. */
  readonly remember: number;
  readonly clock: Clock;
}

export interface SharedReads<Value> {
  /** Reads that run at the same time for the same key are one. Ends at once, with whatever error, when `signal` aborts. */
  readonly get: (key: string, signal: AbortSignal) => Promise<Value>;
  /** What was read of this key, or is being read, is out of date. */
  readonly forget: (key: string) => void;
}

/** Reads of single objects, each bounded in time, shared by all who ask meanwhile and shortly after. */
export function sharedReads<Value>({ read, timedOut, limit, remember, clock }: SharedReadsOptions<Value>): SharedReads<Value> {
  const running = new Map<string, Promise<Value>>();
  const answers = new Map<string, { readonly value: Value; readonly until: number }>();

  async function bounded(key: string, stop: AbortSignal): Promise<Value> {
    const done = new AbortController();
    const signal = AbortSignal.any([stop, done.signal]);
    const tooLate = clock.sleep(limit, signal).then(() => Promise.reject(timedOut(key)));
    try {
      return await Promise.race([read(key, signal), tooLate]);
    } finally {
      done.abort();
    }
  }

  async function start(key: string, signal: AbortSignal): Promise<Value> {
    const reading = bounded(key, signal);
    running.set(key, reading);
    try {
      const value = await reading;
      if (running.get(key) === reading) answers.set(key, { value, until: clock.elapsed() + remember });
      return value;
    } finally {
      if (running.get(key) === reading) running.delete(key);
    }
  }

  /** Answers are in the order in which they end. */
  function dropEnded(): void {
    const now = clock.elapsed();
    for (const [key, { until }] of answers) {
      if (until > now) return;
      answers.delete(key);
    }
  }

  return {
    async get(key, signal) {
      dropEnded();
      const answer = answers.get(key);
      return answer === undefined ? (running.get(key) ?? start(key, signal)) : answer.value;
    },
    forget(key) {
      running.delete(key);
      answers.delete(key);
    },
  };
}
