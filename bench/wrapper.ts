import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { buildWrapper } from '../scripts/build-wrapper.ts';

const run = promisify(execFile);
const DRIVER = fileURLToPath(new URL('wrapper-spawn.c', import.meta.url));
const TRUE = 'int main(void) { return 0; }\n';

/** Times are medians from the start of a process to its end, in milliseconds. */
export interface WrapperFigures {
  /** What is delivered. */
  readonly variables: number;
  readonly direct: number;
  readonly wrapped: number;
  readonly added: number;
  /** Size of the wrapper. */
  readonly bytes: number;
}

/**
 * What the exec wrapper adds to the start of a small static program that gets the same variables (of 32 bytes), as medians over
 * so many starts of each. Needs `cc`; throws when there is none.
 */
export async function benchWrapper({ rounds = 2000, counts = [3, 100, 1000] } = {}): Promise<WrapperFigures[]> {
  const folder = await mkdtemp(join(tmpdir(), 'keyfirst-bench-'));
  try {
    const wrapper = await buildWrapper(folder);
    const program = join(folder, 'true');
    const driver = join(folder, 'spawn');
    await writeFile(`${program}.c`, TRUE);
    await run('cc', ['-O2', '-static', '-o', program, `${program}.c`]);
    await run('cc', ['-O2', '-o', driver, DRIVER]);
    const { size: bytes } = await stat(wrapper);
    const figures: WrapperFigures[] = [];
    for (const variables of counts) {
      const file = join(folder, `variables-${variables}`);
      await writeFile(file, Array.from({ length: variables }, (_, index) => `VARIABLE_${index}=${'x'.repeat(32)}\0`).join(''));
      const { stdout } = await run(driver, [String(rounds), wrapper, file, program]);
      const [direct = 0, wrapped = 0] = stdout.split(' ').map((nanoseconds) => Number(nanoseconds) / 1e6);
      figures.push({ variables, direct, wrapped, added: wrapped - direct, bytes });
    }
    return figures;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
