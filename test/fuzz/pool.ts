import { Worker } from 'node:worker_threads';
import type { TargetResult } from './run-target.ts';
import type { Target } from './target.ts';
import { TARGETS } from './targets/index.ts';

/** MiB of heap of one worker; an input that makes more ends it. */
const HEAP = 512;
/** Milliseconds without a new input after which a target hangs. */
const HANG = 300_000;

/** Gives every target its share of the inputs, on several threads; each target is one thread's at a time. */
export async function runAll(
  total: number,
  seed: number,
  threads: number,
  tell: (result: TargetResult) => void,
  targets: readonly Target[] = TARGETS,
): Promise<TargetResult[]> {
  const shares = targets.reduce((sum, { share }) => sum + share, 0);
  // The longest first, so that the threads end together.
  const open = targets
    .map((one) => ({ one, inputs: Math.min(one.most ?? Number.POSITIVE_INFINITY, Math.ceil((total * one.share) / shares)) }))
    .sort((a, b) => b.inputs - a.inputs);
  const results: TargetResult[] = [];
  const lane = async () => {
    let thread = startThread();
    for (let next = open.shift(); next !== undefined; next = open.shift()) {
      const { result, over } = await runOne(thread, next.one, next.inputs, seed);
      if (over) thread = startThread();
      results.push(result);
      tell(result);
    }
    await thread.worker.terminate();
  };
  await Promise.all(Array.from({ length: threads }, lane));
  const order = targets.map(({ name }) => name);
  return results.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
}

interface Thread {
  readonly worker: Worker;
  /** Inputs so far, counted by the thread. */
  readonly count: Int32Array;
}

function startThread(): Thread {
  const beat = new SharedArrayBuffer(4);
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: { beat },
    // The stack of a program's main thread, not the larger one of threads: recursion must end in time there too.
    resourceLimits: { maxOldGenerationSizeMb: HEAP, stackSizeMb: 1 },
  });
  return { worker, count: new Int32Array(beat) };
}

/** `over`: the thread hung or ran out of memory, and was ended. */
function runOne(
  { worker, count }: Thread,
  { name, parses }: Target,
  inputs: number,
  seed: number,
): Promise<{ result: TargetResult; over: boolean }> {
  const before = count[0] ?? 0;
  return new Promise((resolve) => {
    let seen = -1;
    const ended = (result: TargetResult, over: boolean) => {
      clearInterval(watch);
      worker.off('message', told).off('error', broke);
      if (over) void worker.terminate();
      resolve({ result, over });
    };
    const lost = (why: string) => {
      const done = (count[0] ?? 0) - before;
      const failures = [{ seed, path: '', problem: `${why} after ${done} inputs`, input: '' }];
      ended({ name, parses, inputs: done, milliseconds: 0, slowest: 0, slowestInput: '', growth: 0, failures }, true);
    };
    const watch = setInterval(() => {
      if (count[0] === seen) lost(`no end of one input in ${HANG / 1000} s,`);
      seen = count[0] ?? 0;
    }, HANG);
    const told = (result: TargetResult) => ended(result, false);
    const broke = (error: unknown) => lost(`the thread ended (${error instanceof Error ? error.message : String(error)})`);
    worker.on('message', told).on('error', broke);
    worker.postMessage({ name, inputs, seed }, []);
  });
}
