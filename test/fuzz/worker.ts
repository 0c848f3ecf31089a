import { parentPort, workerData } from 'node:worker_threads';
import { runTarget } from './run-target.ts';
import { TARGETS } from './targets/index.ts';

/** Runs the targets that the parent names, one after the other. `beat` counts inputs, so that the parent sees a hang. */
interface Order {
  readonly name: string;
  readonly inputs: number;
  readonly seed: number;
}
const beat = new Int32Array((workerData as { beat: SharedArrayBuffer }).beat);

parentPort?.on('message', (order: Order) => void carryOut(order));

async function carryOut({ name, inputs, seed }: Order): Promise<void> {
  const one = TARGETS.find((known) => known.name === name);
  if (one === undefined) throw new Error(`no such target: ${name}`);
  const alive = () => {
    beat[0] = (beat[0] ?? 0) + 1;
  };
  parentPort?.postMessage(await runTarget(one, inputs, seed, alive), []);
}
