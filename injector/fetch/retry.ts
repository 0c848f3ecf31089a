import type { Clock } from '../clock.ts';
import { ProviderError } from '../providers/provider-error.ts';
import type { Slots } from './slots.ts';

// Written here rather than taken from cockatiel, whose import costs 4 to 5 ms of the 60 the whole program may take.

/** Milliseconds one attempt may take. */
export const ATTEMPT_TIMEOUT = 10_000;
/** Longest back-off before the first retry, doubled each time, and where the doubling ends; milliseconds. */
const FIRST_DELAY = 250;
const LONGEST_DELAY = 8_000;
/** A wait that would pass the deadline ends this long before it, for a last attempt; no other begins later. Milliseconds. */
export const LAST_ATTEMPT = 1_000;

export interface RetryOptions {
  readonly clock: Clock;
  /** From 0 to 1, like Math.random. */
  readonly random: () => number;
  /** Limits how many attempts run at a time; waiting in line is not part of an attempt. */
  readonly slots: Slots;
  /** Ends everything: deadline passed or process asked to stop. */
  readonly stop: AbortSignal;
  /** When `stop` will come at the latest, in the clock's milliseconds. */
  readonly deadlineAt: number;
  /** Lets the current attempt end but forbids another: someone else has failed for good. */
  readonly giveUp: AbortSignal;
  /** Where the attempts go, for messages. */
  readonly place: string;
  readonly onRetry: (error: ProviderError, delay: number) => void;
}

/** Tries until it succeeds, fails with something that cannot heal, or time is up; throws the last failure that says something. */
export async function withRetry<T>(attempt: (signal: AbortSignal) => Promise<T>, options: RetryOptions): Promise<T> {
  const { clock, stop, giveUp, deadlineAt } = options;
  let last: ProviderError | undefined;
  for (let tries = 1; ; tries++) {
    try {
      return await options.slots.run(() => tryOnce(attempt, options));
    } catch (error) {
      if (!(error instanceof ProviderError) || !error.canHeal) throw error;
      // An attempt that was cut off by the deadline says less than the one before it.
      if (stop.aborted || giveUp.aborted) throw stop.aborted ? (last ?? error) : error;
      last = error;
    }
    const delay = retryDelay(tries, last.retryAfter, deadlineAt - clock.now(), options.random);
    if (delay === undefined) throw last;
    options.onRetry(last, delay);
    await clock.sleep(delay, AbortSignal.any([stop, giveUp]));
    if (stop.aborted || giveUp.aborted) throw last;
  }
}

/**
 * Milliseconds to wait after the attempt number `tries` (from 1): exponential back-off with full jitter, on top of what the
 * store asked for; undefined when too little time remains for another attempt.
 */
export function retryDelay(tries: number, retryAfter: number | undefined, remaining: number, random: () => number): number | undefined {
  if (remaining <= LAST_ATTEMPT) return undefined;
  const jitter = random() * Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (tries - 1));
  return Math.round(Math.min((retryAfter ?? 0) + jitter, remaining - LAST_ATTEMPT));
}

/** One attempt that ends when its time is up, whether or not it listens to the signal. */
async function tryOnce<T>(attempt: (signal: AbortSignal) => Promise<T>, { clock, stop, place }: RetryOptions): Promise<T> {
  const signal = AbortSignal.any([stop, clock.timeout(ATTEMPT_TIMEOUT)]);
  const silence = () =>
    new ProviderError('unreachable', `no answer from ${place}${stop.aborted ? ' in time' : ` within ${ATTEMPT_TIMEOUT / 1000} s`}`, {
      remedy: 'Check the address, the network policies between this namespace and the store, and that the store is up.',
    });
  if (signal.aborted) throw silence();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(silence());
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([attempt(signal), aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
