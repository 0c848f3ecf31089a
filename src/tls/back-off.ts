/**
 * Milliseconds to wait before try number `attempt` (from 0): doubles from `base` up to `most`, less a random half, so that
 * replicas that failed together do not try together.
 */
export function backOff(attempt: number, { base, most }: { base: number; most: number }, random: () => number): number {
  const ceiling = Math.min(most, base * 2 ** Math.min(attempt, 30));
  return Math.round(ceiling * (0.5 + random() / 2));
}

/** Writes within a minute that are taken for ordinary life: starts, renewals, a wipe by hand. */
const CALM_WRITES = 12;
/** Beyond those somebody undoes our writes as fast as we make them; answering at full speed would only load the API server. */
const FIGHT = { base: 500, most: 30_000 };

/** Milliseconds to pause before the next write, given when the last ones were; 0 while that is ordinary. */
export function paceAfter(writes: readonly number[], now: number, random: () => number): number {
  const excess = writes.filter((time) => now - time < 60_000).length - CALM_WRITES;
  return excess > 0 ? backOff(excess - 1, FIGHT, random) : 0;
}
