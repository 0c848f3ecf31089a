import { setTimeout as wait } from 'node:timers/promises';
import type { Creation } from './creation.ts';
import type { Fault } from './faults.ts';
import { type StreamOptions, stream } from './stream.ts';

/** When a fault was there; milliseconds since the start. */
export interface Span {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

export interface SoakOptions extends Omit<StreamOptions, 'phase' | 'signal'> {
  readonly faults: readonly Fault[];
  /** Faults begin for so long, one after the other and again from the first; each of them at least once. */
  readonly seconds: number;
  /** Milliseconds without a fault before each. */
  readonly quiet: number;
  readonly tell: (line: string) => void;
}

export const QUIET = 'nothing else';
/** What a fault leaves behind still counts as its own. */
const AFTERMATH = 2000;

/** The stream of creations with the faults beside it. Rejects when a fault cannot be done or mended. */
export async function soak({ faults, seconds, quiet, tell, ...options }: SoakOptions): Promise<{ creations: Creation[]; spans: Span[] }> {
  const stop = new AbortController();
  const begun = performance.now();
  const since = () => performance.now() - begun;
  const spans: Span[] = [];
  let phase = QUIET;
  const creations = stream({ ...options, phase: () => phase, signal: stop.signal });
  try {
    for (let turn = 0; turn < faults.length || since() < seconds * 1000; turn++) {
      const fault = faults[turn % faults.length];
      if (fault === undefined) throw new Error('there is no fault to try');
      await wait(quiet);
      const from = since();
      phase = fault.name;
      tell(`${(from / 1000).toFixed(0)} s: ${fault.name}`);
      await fault.run();
      await wait(AFTERMATH);
      phase = QUIET;
      spans.push({ name: fault.name, from, to: since() });
    }
    await wait(quiet);
  } finally {
    stop.abort();
  }
  return { creations: await creations, spans };
}
