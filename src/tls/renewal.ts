/** The times of a certificate. `issuedAt` is later than `notBefore`, which is backdated. */
export interface Life {
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

/** When two thirds of the life are over: early enough to try for the last third. */
export function renewAt({ issuedAt, notAfter }: Life): Date {
  return new Date(issuedAt.getTime() + ((notAfter.getTime() - issuedAt.getTime()) * 2) / 3);
}
