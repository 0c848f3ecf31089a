import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostArchitecture } from '../../scripts/build-wrapper.ts';
import { runProgram } from '../support/wrapper.ts';
import { wrapperMissing } from '../support/wrapper-tools.ts';

const CASES = 1_000_000;
const SOURCE = fileURLToPath(new URL('../../wrapper/', import.meta.url));
const SANITIZERS = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
const missing = await wrapperMissing(hostArchitecture());

describe.skipIf(missing !== undefined)(`the exec wrapper, fuzzed${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let folder: string;
  let fuzz: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keyfirst-fuzz-'));
    fuzz = join(folder, 'fuzz');
    const options = ['-std=gnu11', '-g', '-O1', '-Wall', '-Wextra', '-Werror', ...SANITIZERS];
    await promisify(execFile)(process.env.CC ?? 'cc', [...options, '-o', fuzz, 'exec.c', 'fuzz.c'], { cwd: SOURCE });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it(`agrees with its model in ${CASES.toLocaleString('en')} cases, and touches no byte that is not its own`, {
    timeout: 600_000,
  }, async () => {
    // Other cases every time: a failing one is printed, and `fuzz 1 <seed>` runs it again.
    const seed = String(Date.now());
    // Old blocks are of no use here, where every one is checked when it is freed.
    const env = { ASAN_OPTIONS: 'quarantine_size_mb=1:malloc_context_size=2' };
    const { code, stdout, stderr } = await runProgram([fuzz, String(CASES), seed], { env });
    expect(stdout.toString() + stderr).toMatch(new RegExp(`^seed ${seed}\n${CASES} cases: \\d+ executed, [^\n]*\n$`));
    expect(code).toBe(0);
  });
});
