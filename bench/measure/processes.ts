import { spawn } from 'node:child_process';
import { join } from 'node:path';
import * as z from 'zod';

/** A command to measure: an absolute program first, nothing of our own environment. */
export interface Command {
  readonly name: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Folders that are emptied before each run. */
  readonly fresh?: readonly string[];
  /** Exit code of a good run; 0 unless said. */
  readonly exitCode?: number;
}

const Cost = z.object({ wall: z.number(), cpu: z.number(), memory: z.number(), code: z.number() });
/** What one process cost: milliseconds of the clock and of the processor, peak resident bytes. */
export type Cost = Omit<z.infer<typeof Cost>, 'code'>;

/** Runs the commands in turn, so many rounds; medians by name. Throws when a run ends with another code than it should. */
export async function measureProcesses(commands: readonly Command[], rounds: number): Promise<ReadonlyMap<string, Cost>> {
  const task = { rounds, commands: commands.map(({ name, argv, env, fresh = [] }) => ({ name, argv, env, fresh })) };
  const child = spawn('python3', [join(import.meta.dirname, 'processes.py')], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(task));
  let output = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) output += chunk;
  const costs = z.record(z.string(), z.array(Cost)).parse(JSON.parse(output));
  return new Map(
    commands.map(({ name, exitCode = 0 }) => {
      const runs = costs[name] ?? [];
      const bad = runs.find(({ code }) => code !== exitCode);
      if (bad !== undefined || runs.length === 0) throw new Error(`${name} ended with ${bad?.code ?? 'nothing'}`);
      const of = (part: keyof Cost) => median(runs.map((run) => run[part]));
      return [name, { wall: of('wall'), cpu: of('cpu'), memory: of('memory') }];
    }),
  );
}

/** The middle of the values; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return Number.isInteger(middle)
    ? ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
    : (sorted[Math.floor(middle)] ?? Number.NaN);
}
