import type { Failure, FailureCode } from './failure.ts';

/**
 * Exit codes of the injector: public interface, stable. All lie in 64 to 78, because 1, 2 and everything from 126 collide
 * with users' `podFailurePolicy` rules. Names follow sysexits.h. First row that matches a failure wins: what only a
 * person can mend goes before 75, which says that starting again may help.
 */
export const EXIT_CODES = [
  { exitCode: 70, codes: ['bug'], meaning: 'Keyfirst itself failed. Please report it with the log.' },
  { exitCode: 78, codes: ['config', 'invalid'], meaning: 'The configuration, a reference or a setting of a store is not valid.' },
  {
    exitCode: 77,
    codes: ['login-refused', 'denied'],
    meaning: "The store refused the pod's identity, or this identity may not read the secret.",
  },
  {
    exitCode: 76,
    codes: ['untrusted', 'protocol'],
    meaning: "The store's certificate is not trusted, or its answer is not one of such a store.",
  },
  { exitCode: 66, codes: ['not-found'], meaning: 'A secret, or the version asked for, does not exist.' },
  {
    exitCode: 65,
    codes: ['value'],
    meaning: 'A secret was read but cannot be delivered: the property is missing, it is empty, or the format does not fit.',
  },
  { exitCode: 74, codes: ['write'], meaning: 'The files could not be written, for example because the volume is full.' },
  {
    exitCode: 75,
    codes: ['unreachable', 'unavailable', 'throttled', 'stopped'],
    meaning: 'Worth another try: the store was unreachable, sealed or throttling until the deadline, or the container was stopped.',
  },
] as const satisfies readonly { exitCode: number; codes: readonly FailureCode[]; meaning: string }[];

type Listed = (typeof EXIT_CODES)[number]['codes'][number];
/** Fails to compile when a failure code has no row. */
const _everyCodeHasARow: [FailureCode] extends [Listed] ? true : never = true;
void _everyCodeHasARow;

/** The process's exit code: 0 without failures, else the first row that any failure matches. */
export function exitCode(failures: readonly Failure[]): number {
  if (failures.length === 0) return 0;
  return EXIT_CODES[Math.min(...failures.map(({ code }) => rank(code)))]?.exitCode ?? 70;
}

/** Place of a failure in the order of importance; smaller is more important. */
export function rank(code: FailureCode): number {
  return EXIT_CODES.findIndex(({ codes }) => codes.some((listed) => listed === code));
}
