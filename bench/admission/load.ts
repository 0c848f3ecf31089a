import { spawn } from 'node:child_process';
import { join } from 'node:path';
import * as z from 'zod';
import { median } from '../measure/processes.ts';
import { pinned } from './pinned.ts';

export const LoadTask = z.object({
  port: z.number(),
  path: z.string(),
  caFile: z.string(),
  bodyFile: z.string(),
  connections: z.number(),
  requests: z.number(),
  /** The number that stands in the first request, so that no two runs send the same. */
  first: z.number(),
});
export type LoadTask = z.infer<typeof LoadTask>;

const Measured = z.object({ perSecond: z.number(), p50: z.number(), p99: z.number(), longest: z.number() });
/** Requests a second; milliseconds from the first byte written to the last byte read. */
export type Measured = z.infer<typeof Measured>;

/** Sends the requests from a process of its own, on the second core where there is one. Throws when an answer is not as it should be. */
export async function load(task: LoadTask): Promise<Measured> {
  const [program = '', ...words] = pinned([process.execPath, join(import.meta.dirname, 'load-process.ts')], 1);
  const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(task));
  let output = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) output += chunk;
  if (output === '') throw new Error('the load could not be sent; what went wrong is said above');
  return Measured.parse(JSON.parse(output));
}

/** Figure by figure the median of several rounds; of `longest` the longest of all. */
export function typical(rounds: readonly Measured[]): Measured {
  const of = (figure: keyof Measured) => median(rounds.map((round) => round[figure]));
  return { perSecond: of('perSecond'), p50: of('p50'), p99: of('p99'), longest: Math.max(...rounds.map(({ longest }) => longest)) };
}
