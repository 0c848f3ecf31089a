import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildWrapper } from '../scripts/build-wrapper.ts';
import { type Bench, kilobytes, within } from './row.ts';

const run = promisify(execFile);
const DRIVER = join(import.meta.dirname, 'wrapper-spawn.c');
const TRUE = 'int main(void) { return 0; }\n';
const COUNTS = [3, 100, 1000];
/** So many variables have a goal; a thousand are beyond any app. */
const GOAL_COUNTS = [3, 100];

/** What the exec wrapper adds to the start of a process. Needs `cc` and the static C library. */
export const wrapper: Bench = async (rounds) => {
  const folder = await mkdtemp(join(tmpdir(), 'keyfirst-bench-'));
  try {
    const program = await buildWrapper(folder);
    const app = join(folder, 'true');
    const driver = join(folder, 'spawn');
    await writeFile(`${app}.c`, TRUE);
    await run('cc', ['-O2', '-static', '-o', app, `${app}.c`]);
    await run('cc', ['-O2', '-o', driver, DRIVER]);
    const count = rounds(2000);
    const figures: { variables: number; direct: number; wrapped: number }[] = [];
    for (const variables of COUNTS) {
      const file = join(folder, `variables-${variables}`);
      await writeFile(file, Array.from({ length: variables }, (_, index) => `VARIABLE_${index}=${'x'.repeat(32)}\0`).join(''));
      const { stdout } = await run(driver, [String(count), program, file, app]);
      const [direct = Number.NaN, wrapped = Number.NaN] = stdout.split(' ').map((nanoseconds) => Number(nanoseconds) / 1e6);
      figures.push({ variables, direct, wrapped });
    }
    const { size } = await stat(program);
    return {
      title: 'A process with variables, started through the exec wrapper',
      method:
        'A small static program gets variables of 32 bytes each, directly or from the wrapper. Time from the start of the process to its ' +
        `end; medians of ${count} starts of each, in turn, by a driver in C.`,
      head: ['variables', 'directly', 'through the wrapper', 'added'],
      lines: figures.map(({ variables, direct, wrapped }) => [String(variables), ...[direct, wrapped, wrapped - direct].map(exact)]),
      goals: [
        ...figures
          .filter(({ variables }) => GOAL_COUNTS.includes(variables))
          .map(({ variables, direct, wrapped }) =>
            within(`at most 0.3 ms added with ${variables} variables`, wrapped - direct, 0.3, exact),
          ),
        within('the wrapper has at most 16 KiB', size, 16_384, kilobytes),
      ],
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

function exact(milliseconds: number): string {
  return `${milliseconds.toFixed(2)} ms`;
}
