import { percentile } from '../bench/measure/percentile.ts';
import type { Creation } from './creation.ts';

/** Figures of a set of creations; times in milliseconds. */
export interface Tally {
  readonly calls: number;
  readonly refused: number;
  readonly bare: number;
  /** Creations that found no API server at first. */
  readonly waited: number;
  readonly p50: number;
  readonly p99: number;
  readonly longest: number;
}

export function tally(creations: readonly Creation[]): Tally {
  const times = creations.map(({ took }) => took).sort((a, b) => a - b);
  const count = (holds: (creation: Creation) => boolean) => creations.filter(holds).length;
  return {
    calls: creations.length,
    refused: count(({ outcome }) => outcome === 'refused'),
    bare: count(({ outcome }) => outcome === 'bare'),
    waited: count(({ away }) => away > 0),
    p50: percentile(times, 50),
    p99: percentile(times, 99),
    longest: percentile(times, 100),
  };
}

/** Of how many there are with each key, the most frequent first. */
export function countBy<Item>(items: readonly Item[], key: (item: Item) => string): [string, number][] {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]);
}
