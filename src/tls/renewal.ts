/** The times of a certificate. `notBefore` is earlier than `issuedAt` and `notAfter` later than the end of `lifetime`, for clocks that differ. */
export interface Life {
  /** Milliseconds. */
  readonly lifetime: number;
  readonly issuedAt: Date;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** `not-yet-valid`: our clock was put back since. */
export type RenewalReason = 'expired' | 'not-yet-valid' | 'due';

/** Why a certificate must be replaced now, or undefined when it need not. */
export function renewalReason(life: Life, now: Date): RenewalReason | undefined {
  if (now >= life.notAfter) return 'expired';
  if (now < life.notBefore) return 'not-yet-valid';
  return now >= renewAt(life) ? 'due' : undefined;
}

/** When two thirds of the lifetime are over: early enough to try for the last third. */
export function renewAt({ issuedAt, lifetime }: Life): Date {
  return new Date(issuedAt.getTime() + (lifetime * 2) / 3);
}
