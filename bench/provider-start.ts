import { type DirectRun, devRun, directRun } from '../test/support/direct-run.ts';
import { missingStores } from '../test/support/faults-missing.ts';
import type { OpenStore } from '../test/support/faults-store.ts';
import { OPEN } from '../test/support/faults-stores.ts';
import { injectorCommand, NODE } from './injector-commands.ts';
import { measureProcesses } from './measure/processes.ts';
import { type Bench, megabytes, milliseconds } from './row.ts';

/** What the start of the injector costs with each provider, each reading one secret. */
export const providerStart: Bench = async (rounds) => {
  const lacks = Object.entries(await missingStores()).filter(([, reason]) => reason !== undefined);
  if (lacks.length > 0) throw new Error(lacks.map(([name, reason]) => `${name}: ${reason}`).join('; '));
  const stores: OpenStore[] = [];
  const runs: [string, DirectRun][] = [['dev', devRun()]];
  try {
    for (const [name, open] of Object.entries(OPEN)) {
      const store = await open();
      stores.push(store);
      runs.push([name, directRun(store)]);
    }
    const count = rounds(15);
    const commands = runs.map(([name, { box, config }]) => injectorCommand(name, box, config));
    const costs = await measureProcesses([NODE, ...commands], count);
    const floor = costs.get(NODE.name)?.wall ?? Number.NaN;
    return {
      title: 'Start of the injector, by provider',
      method:
        'A whole run with one secret: start Node, log in, read, write the file, end. The stores are on loopback: the real Vault, moto for ' +
        'AWS, drongo and a double of the token service for Google, doubles for Azure (with TLS) and Pulumi; `dev` reads a file. Their own ' +
        `time to answer is in the figures. Medians of ${count} runs in turn, warm page cache.`,
      head: ['provider', 'time', 'beyond Node alone', 'processor time', 'peak memory'],
      lines: [...costs].map(([name, { wall, cpu, memory }]) => [
        name,
        milliseconds(wall),
        name === NODE.name ? '' : milliseconds(wall - floor),
        milliseconds(cpu),
        megabytes(memory),
      ]),
      goals: [],
    };
  } finally {
    for (const [, { box }] of runs) box[Symbol.dispose]();
    for (const store of stores) await store[Symbol.asyncDispose]();
  }
};
