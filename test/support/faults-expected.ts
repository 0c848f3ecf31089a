import type { ProviderId } from '../../src/contract/provider.ts';

export type FaultedStore = Exclude<ProviderId, 'dev'>;
/** How long a fault lasts and whom it meets: the first answers of every step, all of them, or all to the login or to one of two reads. */
export type Phase = 'passes' | 'lasts' | 'lasts at login' | 'lasts at a read';
/** Everything delivered, refused without another try, or tried until the deadline. */
export type Ending = 'delivered' | 'at once' | 'by the deadline';

export interface Expected {
  readonly ending: Ending;
  readonly exitCode: number;
}

const DELIVERED: Expected = { ending: 'delivered', exitCode: 0 };
const REFUSED: Expected = { ending: 'at once', exitCode: 76 };
const OVERDUE: Expected = { ending: 'by the deadline', exitCode: 75 };

interface Row {
  /** The fault, for the report and the docs. */
  readonly title: string;
  /** What the injector does about it, for the docs. */
  readonly behaviour: string;
  /** When it passes after some answers; absent where that says no more than `lasts`. */
  readonly passes?: Expected;
  readonly lasts: Expected;
  /** Where the stores of AWS differ. */
  readonly onAws?: { readonly behaviour: string; readonly lasts: Expected };
  /** One run says it all; absent: login and a read are tried apart. */
  readonly once?: true;
}

/** What every fault leads to, the same for all stores. The integration test holds the injector to it, docs/failures.md tells it. */
export const FAULTS = {
  late: { title: 'each answer 0.5 s late', behaviour: 'waits', lasts: DELIVERED, once: true },
  silence: { title: 'no answer', behaviour: 'gives up each try after 10 s and tries again', passes: DELIVERED, lasts: OVERDUE },
  drip: {
    title: 'one byte now and then',
    behaviour: 'gives up each try after 10 s and tries again',
    passes: DELIVERED,
    lasts: OVERDUE,
  },
  reset: { title: 'connection reset', behaviour: 'tries again', passes: DELIVERED, lasts: OVERDUE },
  'slow-down': {
    title: '429',
    behaviour: 'tries again, one request after the other, at random moments of some seconds',
    passes: DELIVERED,
    lasts: OVERDUE,
  },
  'retry-after': {
    title: '429 with Retry-After',
    behaviour: 'the same, but not before the time that was asked for',
    passes: DELIVERED,
    lasts: OVERDUE,
  },
  'retry-tomorrow': {
    title: '429 with a Retry-After beyond the deadline',
    behaviour: 'tries once more, a second before the deadline',
    lasts: OVERDUE,
  },
  broken: { title: '500 with a page', behaviour: 'tries again', passes: DELIVERED, lasts: OVERDUE },
  'half-length': { title: 'half an answer, with Content-Length', behaviour: 'tries again', passes: DELIVERED, lasts: OVERDUE },
  'half-chunked': { title: 'half an answer, chunked', behaviour: 'tries again', passes: DELIVERED, lasts: OVERDUE },
  'half-close': {
    title: 'half an answer that looks whole (its end is the end of the connection)',
    behaviour: 'tries again',
    passes: DELIVERED,
    lasts: OVERDUE,
  },
  page: { title: '200 with a login page', behaviour: 'fails, since only a person can mend it', lasts: REFUSED },
  mislabelled: {
    title: 'the right answer as text/html',
    behaviour: 'fails, since only a person can mend it',
    lasts: REFUSED,
    onAws: { behaviour: "takes it, as AWS's own SDK does", lasts: DELIVERED },
  },
  'one-mb': { title: 'a value of 1 MB', behaviour: 'delivers it, where store and volume have room', lasts: DELIVERED, once: true },
  'five-mb': { title: 'a value of 5 MB', behaviour: 'delivers it, where store and volume have room', lasts: DELIVERED, once: true },
  endless: { title: 'an answer of 17 MiB', behaviour: 'stops reading (at 8 MiB, of AWS 16 MiB) and fails', lasts: REFUSED },
} as const satisfies Readonly<Record<string, Row>>;
export type FaultId = keyof typeof FAULTS;

export interface Case {
  readonly fault: FaultId;
  readonly phase: Phase;
  readonly expected: Expected;
}

/** Every fault in every phase that says something of its own. */
export function faultCases(store: FaultedStore): Case[] {
  return Object.entries(FAULTS).flatMap(([name, row]: [string, Row]) => {
    const fault = name as FaultId;
    const one = (phase: Phase, expected: Expected): Case => ({ fault, phase, expected });
    const { passes, once, onAws } = row;
    const lasts = (store.startsWith('aws') ? onAws : undefined)?.lasts ?? row.lasts;
    return [
      ...(passes === undefined ? [] : [one('passes', passes)]),
      ...(once === true ? [one('lasts', lasts)] : [one('lasts at login', lasts), one('lasts at a read', lasts)]),
    ];
  });
}

/** What a case is called. */
export function caseTitle({ fault, phase }: Case): string {
  return phase === 'lasts' ? FAULTS[fault].title : `${FAULTS[fault].title}, ${phase}`;
}

/** Rows of the table in docs/failures.md: the fault, what the injector does, how it ends when the fault lasts. */
export function faultRows(): string[][] {
  const ending = ({ ending: when, exitCode }: Expected) => (when === 'delivered' ? 'delivers, 0' : `fails ${when}, ${exitCode}`);
  return Object.values(FAULTS).map(({ title, behaviour, lasts, onAws }: Row) => [
    title,
    onAws === undefined ? behaviour : `${behaviour}; AWS: ${onAws.behaviour}`,
    onAws === undefined ? ending(lasts) : `${ending(lasts)}; AWS: ${ending(onAws.lasts)}`,
  ]);
}
