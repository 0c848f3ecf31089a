import { ProviderError } from '../provider-error.ts';
import { retryAfter } from '../retry-after.ts';
import type { HttpAnswer } from './http.ts';

/** Throws for an answer whose status alone says that another try may succeed: 408, 429 and 5xx, whoever sent it. */
export function checkHealing({ status, headers }: HttpAnswer, place: string): void {
  if (status !== 408 && status !== 429 && status < 500) return;
  const details = { status, retryAfter: retryAfter(headers['retry-after'], Date.now()) };
  if (status === 429) throw throttled(place, '', details);
  throw new ProviderError('unavailable', `${place} asks to try later`, {
    ...details,
    remedy: 'Look at the health of AWS in this region; it may also be a proxy in front of it.',
  });
}

/** `words` are AWS's own, ready to append. */
export function throttled(
  place: string,
  words: string,
  details: { status?: number | undefined; retryAfter?: number | undefined },
): ProviderError {
  return new ProviderError('throttled', `${place} asks to slow down${words}`, {
    ...details,
    remedy: 'Start fewer pods at a time, raise the `deadline`, or ask AWS for a higher quota of requests a second.',
  });
}
