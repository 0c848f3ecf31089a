import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXIT_CODES } from '../../injector/exit-code.ts';
import { type Architecture, buildWrapper, hostArchitecture } from '../../scripts/build-wrapper.ts';
import { CHECK_VARIABLE } from '../../src/contract/names.ts';
import { compile, fullPath, type Outcome, runProgram } from '../support/wrapper.ts';
import { wrapperMissing } from '../support/wrapper-tools.ts';

const architectures = ['amd64', 'arm64'] as const satisfies readonly Architecture[];
const missing = new Map(await Promise.all(architectures.map(async (name) => [name, await wrapperMissing(name)] as const)));
/** Of a log, the kubelet takes so many bytes into the status. */
const MOST_OF_A_LOG = 2048;

describe.each(architectures)('keyfirst-check for %s', (architecture) => {
  const reason = missing.get(architecture);
  describe.skipIf(reason !== undefined)(`as a process${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
    let folder: string;
    let check: (env: Record<string, string>, under?: readonly string[]) => Promise<Outcome>;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'keyfirst-check-'));
      const program = await buildWrapper(folder, { architecture, program: 'keyfirst-check' });
      const launcher = architecture === hostArchitecture() ? [] : [await fullPath('qemu-aarch64')];
      check = (env, under = []) => runProgram([...under, ...launcher, program], { env });
    });
    afterAll(() => rm(folder, { recursive: true }));

    it.each([
      ['alone', { [CHECK_VARIABLE]: '1' }],
      ['among others', { PATH: '/bin', A: '', [CHECK_VARIABLE]: '1', Z: `${CHECK_VARIABLE}=0` }],
    ])('ends with 0 and says nothing where the variable is there: %s', async (_, env) => {
      expect(await check(env)).toMatchObject({ code: 0, signal: null, stdout: Buffer.of(), stderr: '' });
    });

    it.each([
      ['empty, as by a kubelet that ignores the field', { [CHECK_VARIABLE]: '' }],
      ['missing', { PATH: '/bin' }],
      ['missing with everything else', {}],
      ['of another value', { [CHECK_VARIABLE]: '0' }],
      ['longer', { [CHECK_VARIABLE]: '11' }],
      ['under a longer name', { [`${CHECK_VARIABLE}_1`]: '1', [`A_${CHECK_VARIABLE}`]: '1' }],
      ['part of another value', { A: `${CHECK_VARIABLE}=1` }],
    ])('ends with 69 where it is %s', async (_, env) => {
      expect(await check(env)).toMatchObject({ code: 69, signal: null, stdout: Buffer.of() });
    });

    it('says in one line why, and what to do', async () => {
      const { stderr } = await check({ SECRET: 'v-a-l-u-e' });
      expect(stderr).toMatch(/^keyfirst: [^\n]+\.\n$/);
      expect(Buffer.byteLength(stderr)).toBeLessThanOrEqual(MOST_OF_A_LOG);
      for (const part of [
        '`fileKeyRef`',
        'older than Kubernetes 1.35',
        'EnvFiles',
        '`command`',
        'keyfirst.dev/env-delivery: exec',
        'files',
      ]) {
        expect(stderr).toContain(part);
      }
      expect(stderr).not.toContain('v-a-l-u-e');
    });

    it('ends as it should where it cannot say a word', async () => {
      const closed = ['/bin/sh', '-c', 'exec "$@" 0<&- 1>&- 2>&-', 'sh'];
      expect(await check({}, closed)).toMatchObject({ code: 69, signal: null });
      expect(await check({ [CHECK_VARIABLE]: '1' }, closed)).toMatchObject({ code: 0, signal: null });
    });
  });
});

it("ends with a code that is not the injector's and that is documented", () => {
  expect(EXIT_CODES.map(({ exitCode }): number => exitCode)).not.toContain(69);
  expect(readFileSync('docs/exit-codes.md', 'utf8')).toMatch(/`keyfirst-check`.* \*\*69\*\*/);
});

const here = missing.get(hostArchitecture());
describe.skipIf(here !== undefined)(`keyfirst-check where little is there${here === undefined ? '' : ` (skipped: ${here})`}`, () => {
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'keyfirst-check-'));
    await buildWrapper(root, { program: 'keyfirst-check' });
  });
  afterAll(() => rm(root, { recursive: true }));

  it.each([
    ['0', { [CHECK_VARIABLE]: '1' }, 0],
    ['69', {}, 69],
  ])('ends with %s in a root that holds nothing else', async (_, env, code) => {
    const alone = ['/usr/bin/unshare', '--user', '--map-root-user', '--root', root, '/keyfirst-check'];
    expect(await runProgram(alone, { env })).toMatchObject({ code, signal: null });
  });

  it('makes no system call that the wrapper does not make', async () => {
    const seccomp = join(root, 'seccomp');
    await compile('seccomp.c', seccomp);
    expect(await runProgram([seccomp, '0', join(root, 'keyfirst-check')], { env: {} })).toMatchObject({ code: 69, signal: null });
  });
});
