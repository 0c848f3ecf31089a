import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { Broken, sharedPrototypes } from './laws.ts';
import { leastTime } from './measure.ts';
import type { Target } from './target.ts';

/** Milliseconds of processor time that one input may take. */
export const BOUND = 50;
/** Inputs that are made from one seed; a failure is told with it, and found again by it. */
export const CHUNK = 500;
/** MiB that may stay after collection beyond what stayed after the first chunks. */
const GROWTH = 32;
const WARM_UP = 4;
/** Chunks between two looks at the memory. */
const LOOK = 20;
/** A target that is broken says so a few times and is then left. */
const MOST_FAILURES = 3;

export interface Failure {
  readonly seed: number;
  /** Place of the input among those of the seed, as fast-check writes it. */
  readonly path: string;
  readonly problem: string;
  readonly input: string;
}

export interface TargetResult {
  readonly name: string;
  readonly parses: string;
  readonly inputs: number;
  /** Milliseconds: of all, and of the slowest input. */
  readonly milliseconds: number;
  readonly slowest: number;
  readonly slowestInput: string;
  /** MiB of heap that stayed beyond those at the start. */
  readonly growth: number;
  readonly failures: readonly Failure[];
}

/** Gives a target so many inputs; `seed` makes the run the same again. `alive` is called before each input. */
export async function runTarget(one: Target, inputs: number, seed: number, alive: () => void = () => undefined): Promise<TargetResult> {
  const collect = collector();
  const bound = one.bound ?? BOUND;
  const failures: Failure[] = [];
  let slowest = 0;
  let slowestInput = '';
  const count = { done: 0 };
  let baseline = 0;
  let growth = 0;
  const started = performance.now();
  const prototypes = sharedPrototypes();
  const ownNames = Reflect.ownKeys(Object.prototype).length;

  const check = async (input: unknown): Promise<boolean> => {
    alive();
    count.done += 1;
    const before = performance.now();
    await one.run(input);
    const took = performance.now() - before;
    if (took > slowest) {
      const least = await leastTime(() => one.run(input));
      if (least > slowest) [slowest, slowestInput] = [least, shown(input)];
      if (least > bound) throw new Broken(`took ${Math.round(least)} ms`);
    }
    if (Reflect.ownKeys(Object.prototype).length !== ownNames) throw new Broken('Object.prototype was changed');
    return true;
  };

  for (let chunk = 0; count.done < inputs && failures.length < MOST_FAILURES; chunk++) {
    const own = (seed + chunk * 7919) | 0;
    const details = await fc.check(fc.asyncProperty(one.inputs, check), {
      seed: own,
      numRuns: Math.min(CHUNK, inputs - count.done),
      endOnFailure: true,
    });
    if (details.failed) {
      const { counterexample, counterexamplePath, errorInstance } = details;
      failures.push({
        seed: own,
        path: counterexamplePath ?? '',
        problem: problemOf(errorInstance),
        input: shown(counterexample?.[0]),
      });
    }
    if (sharedPrototypes() !== prototypes) failures.push({ seed: own, path: '', problem: 'a shared prototype was changed', input: '' });
    if (chunk === WARM_UP || (chunk > WARM_UP && chunk % LOOK === 0)) {
      const heap = collect();
      if (chunk === WARM_UP) baseline = heap;
      growth = Math.max(0, heap - baseline);
      if (growth > GROWTH) failures.push({ seed: own, path: '', problem: `${Math.round(growth)} MiB of heap stay`, input: '' });
    }
  }
  return {
    name: one.name,
    parses: one.parses,
    inputs: count.done,
    milliseconds: performance.now() - started,
    slowest,
    slowestInput,
    growth,
    failures,
  };
}

/** Runs one input again, and makes it smaller where it still fails. */
export async function replay(one: Target, seed: number, path: string): Promise<string> {
  const details = await fc.check(
    fc.asyncProperty(one.inputs, async (input) => {
      const least = await leastTime(() => one.run(input));
      if (least > (one.bound ?? BOUND)) throw new Broken(`took ${Math.round(least)} ms`);
    }),
    { seed, path, numRuns: CHUNK, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: false },
  );
  if (!details.failed) return 'holds now';
  const { errorInstance, counterexample } = details;
  const stack = errorInstance instanceof Error ? errorInstance.stack : String(errorInstance);
  return `${stack}\n\nsmallest input found:\n${shown(counterexample?.[0], 20_000)}`;
}

/** Collects garbage and says how many MiB of heap are left. */
function collector(): () => number {
  setFlagsFromString('--expose-gc');
  const gc: unknown = runInNewContext('gc');
  return () => {
    if (typeof gc === 'function') gc();
    return process.memoryUsage().heapUsed / 2 ** 20;
  };
}

function problemOf(error: unknown): string {
  if (error instanceof Broken) return error.message;
  return error instanceof Error ? (error.stack ?? error.message).split('\n').slice(0, 6).join('\n') : String(error);
}

function shown(input: unknown, most = 300): string {
  const text = fc.stringify(input);
  return text.length > most ? `${text.slice(0, most)}… (${text.length} characters)` : text;
}
