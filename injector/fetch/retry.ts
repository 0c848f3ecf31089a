import type { Clock } from '../clock.ts';
import { ProviderError } from '../providers/provider-error.ts';
import type { Pace } from './pace.ts';
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
  /** That of the store, which all its requests share. */
  readonly pace: Pace;
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
  const { clock, pace, stop, giveUp, deadlineAt, random } = options;
  let last: ProviderError | undefined;
  let delay = 0;
  for (let tries = 1; ; tries++) {
    try {
      return await pace.inTurn(async () => {
        const remaining = deadlineAt - clock.now();
        const wait = tries === 1 ? jitter(pace.window, remaining, random) : Math.min(delay, remaining - LAST_ATTEMPT);
        if (wait > 0) await clock.sleep(wait, AbortSignal.any([stop, giveUp]));
        if (last !== undefined && (stop.aborted || giveUp.aborted)) throw last;
        if (stop.aborted && pace.reason !== undefined) throw pace.reason;
        return options.slots.run(() => tryOnce(attempt, options));
      });
    } catch (error) {
      if (!(error instanceof ProviderError) || !error.canHeal) throw error;
      // An attempt that was cut off by the deadline says less than the one before it.
      if (stop.aborted || giveUp.aborted) throw stop.aborted ? (last ?? error) : error;
      last = error;
    }
    const next = retryDelay(tries, last, deadlineAt - clock.now(), { window: pace.window, random });
    if (next === undefined) throw last;
    delay = next;
    options.onRetry(last, delay);
  }
}

/**
 * Milliseconds to wait after the attempt number `tries` (from 1): full jitter, on top of what the store asked for, over a range
 * that doubles each time, or over the store's `window` where it throttles. Undefined when too little time remains.
 */
export function retryDelay(
  tries: number,
  { code, retryAfter = 0 }: Pick<ProviderError, 'code' | 'retryAfter'>,
  remaining: number,
  { window, random }: { readonly window: number; readonly random: () => number },
): number | undefined {
  if (remaining <= LAST_ATTEMPT) return undefined;
  const wait =
    code === 'throttled' ? jitter(window, remaining, random) : random() * Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (tries - 1));
  return Math.round(Math.min(retryAfter + wait, remaining - LAST_ATTEMPT));
}

/** A random part of the window, of which no more is used than lets some attempts more fit into the time that remains. */
function jitter(window: number, remaining: number, random: () => number): number {
  return random() * Math.min(window, Math.max(0, remaining) / 4);
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
  // What the attempt itself says of the end, a moment later, knows better which server was silent.
  const onAbort = () => setImmediate(() => reject(silence()));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([attempt(signal), aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
