import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Architecture, buildWrapper, C_PROGRAMS, type CProgram, hostArchitecture } from '../../scripts/build-wrapper.ts';
import { compile, encodeVariables, type Outcome, reportOf, runProgram, type WrapperFolder, wrapperFolder } from '../support/wrapper.ts';
import { wrapperMissing } from '../support/wrapper-tools.ts';

const MOST_BYTES: Readonly<Record<CProgram, number>> = { 'keyfirst-exec': 16_384, 'keyfirst-check': 2048 };
const missing = await wrapperMissing(hostArchitecture());

describe.skipIf(missing !== undefined)(
  `the exec wrapper where little is there${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    let on: WrapperFolder;
    beforeAll(async () => {
      on = await wrapperFolder();
    });
    afterAll(() => on[Symbol.asyncDispose]());

    describe('in a root with three files, as an image from scratch is', () => {
      let root: string;
      beforeAll(async () => {
        root = join(on.folder, 'scratch');
        await mkdir(join(root, 'bin'), { recursive: true });
        await copyFile(on.wrapper, join(root, 'exec'));
        await copyFile(on.app, join(root, 'bin/app'));
        await writeFile(join(root, 'variables'), encodeVariables({ PASSWORD: 'from memory' }));
      });

      it.each([
        ['writable', ['unshare', '--user', '--map-root-user', '--root', '{root}']],
        [
          'read-only',
          [
            'unshare',
            '--user',
            '--map-root-user',
            '--mount',
            'sh',
            '-c',
            'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec chroot "$0" "$@"',
            '{root}',
          ],
        ],
      ])('%s', async (_, under) => {
        const chroot = under.map((part) => part.replace('{root}', root));
        const env = { PATH: `/bin:${process.env.PATH ?? ''}` };
        const outcome = await runProgram([...chroot, '/exec', '/variables', 'app', 'dump'], { env });
        const report = reportOf(outcome);
        expect(report).toMatchObject({ path: '/bin/app', argv: ['app', 'dump'] });
        expect(report.env).toContain('PASSWORD=from memory');
        const none = await runProgram([...chroot, '/exec', '/variables', 'sh'], { env });
        expect(none).toMatchObject({ code: 127, stderr: expect.stringContaining('command "sh" not found') });
      });
    });

    it('leaves open files, signals and everything else as they were', async () => {
      const surroundings = ['sh', '-c', 'trap "" USR1 PIPE; exec 7</dev/null; exec "$@"', 'sh'];
      const direct = reportOf(await runProgram([...surroundings, on.app], { cwd: on.folder }));
      const wrapped = reportOf(await on.run(await on.variables({}), [on.app], { under: surroundings }));
      expect(direct.files).toMatch(/^0 1 2 7\b/);
      expect(direct.ignored).toBe('10 13 ');
      expect(wrapped).toEqual({ ...direct, pid: wrapped.pid });
    });

    it('runs with standard input, output and error closed', async () => {
      const closed = ['sh', '-c', 'exec "$@" 0<&- 1>&- 2>&-', 'sh'];
      const written = async ({ code, stderr }: Pick<Outcome, 'code' | 'stderr'>) => {
        const stdout = await readFile(join(on.folder, 'report'));
        await rm(join(on.folder, 'report'));
        return reportOf({ code, stdout, stderr });
      };
      const direct = await written(await runProgram([...closed, on.app, 'dump'], { cwd: on.folder }));
      const wrapped = await written(await on.run(await on.variables({}), [on.app, 'dump'], { under: closed }));
      expect(direct.files).not.toMatch(/\b[012]\b/);
      expect(wrapped).toEqual({ ...direct, pid: wrapped.pid });
      expect(await on.run('/nowhere', [on.app], { under: closed })).toMatchObject({ code: 125, stderr: '' });
    });

    it.each([
      ['and nothing else', 0],
      ['faccessat2 forbidden, as by profiles that do not know it', 1],
      ['faccessat2 unknown, as before Linux 5.8', 38],
    ])('needs ten plain system calls: %s', async (_, errno) => {
      const seccomp = join(on.folder, 'seccomp');
      await compile('seccomp.c', seccomp);
      // Started by itself under the same filter, so that no other program's calls come in between.
      const file = await on.variables({ A: 'a' });
      const outcome = await on.run(file, [on.wrapper, file, 'nothing-of-this-name'], {
        under: [seccomp, String(errno)],
        env: { PATH: '/bin' },
      });
      expect(outcome).toMatchObject({ code: 127, signal: null, stderr: expect.stringContaining('nothing-of-this-name') });
      const refused = await on.run(file, [file], { under: [seccomp, String(errno)] });
      expect(refused).toMatchObject({ code: 126, stderr: expect.stringContaining('the user of this container has no permission') });
    });
  },
);

const architectures = ['amd64', 'arm64'] as const satisfies readonly Architecture[];
const files = architectures.flatMap((architecture) => C_PROGRAMS.map((program) => ({ architecture, program })));

describe.each(files)('the file of $program for $architecture', ({ architecture, program }) => {
  let folder: string;
  let file: Buffer;
  let reason: string | undefined;
  beforeAll(async () => {
    reason = await wrapperMissing(architecture);
    if (reason !== undefined) return;
    folder = await mkdtemp(join(tmpdir(), 'keyfirst-wrapper-'));
    file = await readFile(await buildWrapper(folder, { architecture, program }));
  }, 300_000);
  afterAll(() => (folder === undefined ? undefined : rm(folder, { recursive: true })));

  it('is a small static program without a writable segment or an executable stack', ({ skip }) => {
    skip(reason !== undefined, reason);
    expect(file.length).toBeLessThanOrEqual(MOST_BYTES[program]);
    const elf = elfOf(file);
    expect(elf).toMatchObject({ type: 'executable', machine: architecture });
    expect(elf.segments.map(({ type }) => type)).not.toContain('interpreter');
    expect(elf.segments.map(({ type }) => type)).not.toContain('dynamic');
    expect(elf.segments.filter(({ type }) => type === 'load').map(({ flags }) => flags)).toEqual(['r-x']);
    expect(elf.segments.filter(({ type }) => type === 'stack').map(({ flags }) => flags)).toEqual(['rw-']);
  });

  it('is the same, byte for byte, wherever it is built', async ({ skip }) => {
    skip(reason !== undefined, reason);
    const again = await readFile(await buildWrapper(join(folder, 'again'), { architecture, program }));
    expect(again.equals(file)).toBe(true);
    expect(file.includes(process.cwd())).toBe(false);
  });
});

describe('the source of the exec wrapper', () => {
  it('has fewer than 300 lines', async () => {
    const folder = new URL('../../wrapper/', import.meta.url);
    const all = (await readdir(folder)).filter((name) => /\.[ch]$/.test(name));
    expect(all.sort()).toEqual(['check.c', 'exec.c', 'fuzz.c', 'linux.c', 'system.h']);
    // The fuzzer is not shipped, and the check is a program of its own.
    const sources = all.filter((name) => name !== 'fuzz.c' && name !== 'check.c');
    const texts = await Promise.all(sources.map((name) => readFile(new URL(name, folder), 'utf8')));
    expect(texts.join('').split('\n').length - 1).toBeLessThan(300);
  });

  it('cannot be built without a compiler, and the error names the package', async () => {
    await expect(buildWrapper(tmpdir(), { env: { CC: 'no-compiler-of-this-name', PATH: '/bin' } })).rejects.toThrow(
      /`no-compiler-of-this-name`, which is not on this machine\. On Debian or Ubuntu: apt-get install --no-install-recommends gcc/,
    );
  });
});

/** What the tests want to know of an ELF file of 64 bits. */
function elfOf(file: Buffer) {
  const types: Readonly<Record<number, string>> = { 1: 'load', 2: 'dynamic', 3: 'interpreter', 1685382481: 'stack' };
  const start = Number(file.readBigUInt64LE(32));
  const size = file.readUInt16LE(54);
  return {
    type: file.readUInt16LE(16) === 2 ? 'executable' : 'other',
    machine: { 62: 'amd64', 183: 'arm64' }[file.readUInt16LE(18)],
    segments: Array.from({ length: file.readUInt16LE(56) }, (_, index) => {
      const at = start + index * size;
      const flags = file.readUInt32LE(at + 4);
      const letters = [flags & 4 ? 'r' : '-', flags & 2 ? 'w' : '-', flags & 1 ? 'x' : '-'];
      return { type: types[file.readUInt32LE(at)] ?? 'other', flags: letters.join('') };
    }),
  };
}
