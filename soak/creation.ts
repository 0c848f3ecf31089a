import type { Outcome } from './outcome.ts';

/** What a creation is: `none` goes to a namespace without Keyfirst, `real` pods are stored and run, the others are dry runs. */
export type CreationKind = 'file' | 'variable' | 'real' | 'none';

/** One creation, tried again while the API server was away. Times in milliseconds since the start of the soak. */
export interface Creation {
  readonly kind: CreationKind;
  /** When it was due. */
  readonly at: number;
  /** What was done to the cluster at that time. */
  readonly phase: string;
  readonly outcome: Exclude<Outcome, 'away'>;
  /** Why it was refused; empty for the others. */
  readonly why: string;
  /** Milliseconds of the try that was answered. */
  readonly took: number;
  /** Tries that found no API server. */
  readonly away: number;
}

/** What the creation of that number is, when `rate` a second ask for secrets: beside four of them goes one to no webhook, and one in four seconds is real. */
export function kindOfCreation(number: number, rate: number): CreationKind {
  if (number % 5 === 4) return 'none';
  // Of five creations four ask, so this many lie between two real ones.
  if (number % (rate * 5) === 0) return 'real';
  return number % 2 === 0 ? 'file' : 'variable';
}
