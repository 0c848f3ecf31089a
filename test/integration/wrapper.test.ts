import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Architecture } from '../../scripts/build-wrapper.ts';
import { encodeVariables, reportOf, runProgram, type WrapperFolder, wrapperFolder } from '../support/wrapper.ts';
import { wrapperMissing } from '../support/wrapper-tools.ts';

const SECRET = 'v-a-l-u-e-that-nobody-may-see';
/** What the kernel takes as one string, NAME, `=`, value and NUL together: 32 pages of 4 KiB. */
const LONGEST = 131_072;
const architectures = ['amd64', 'arm64'] as const satisfies readonly Architecture[];
const missing = new Map(await Promise.all(architectures.map(async (name) => [name, await wrapperMissing(name)] as const)));

describe.each(architectures)('the exec wrapper for %s', (architecture) => {
  const reason = missing.get(architecture);
  describe.skipIf(reason !== undefined)(`as a process${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
    let on: WrapperFolder;
    beforeAll(async () => {
      on = await wrapperFolder(architecture);
    });
    afterAll(() => on[Symbol.asyncDispose]());

    it('becomes the command, with its arguments as the user wrote them', async () => {
      const file = await on.variables({ PASSWORD: SECRET });
      const outcome = await on.run(file, [on.app, 'dump', '', 'two words', '$(NAME)', 'ü'], { env: { PATH: '/bin' } });
      const report = reportOf(outcome);
      expect(outcome.stderr).toBe('');
      expect(report).toMatchObject({ path: on.app, pid: outcome.pid });
      expect(report.argv.map((text) => Buffer.from(text, 'latin1').toString())).toEqual([on.app, 'dump', '', 'two words', '$(NAME)', 'ü']);
      expect(report.env).toEqual(['PATH=/bin', `PASSWORD=${SECRET}`]);
    });

    it('finds a command in PATH, and leaves the name that the user wrote as argv[0]', async () => {
      const outcome = await on.run(await on.variables({}), ['app', 'dump'], { env: { PATH: `/nowhere:${on.folder}` } });
      expect(reportOf(outcome)).toMatchObject({ path: on.app, argv: ['app', 'dump'] });
    });

    it('searches the PATH that it delivers, not the one it inherited', async () => {
      const outcome = await on.run(await on.variables({ PATH: on.folder }), ['app'], { env: { PATH: '/nowhere' } });
      expect(reportOf(outcome).env).toEqual([`PATH=${on.folder}`]);
    });

    it('delivers its value in place of an inherited one, and touches no other', async () => {
      const env = { A: 'old', AB: 'kept', B: 'kept', PATH: '/bin', EMPTY: 'old', A_: '' };
      const report = reportOf(await on.run(await on.variables({ A: 'new', EMPTY: '', NEW: '=a=' }), [on.app], { env }));
      // The emulator turns the order round.
      expect(report.env.slice(0, 4).sort()).toEqual(['AB=kept', 'A_=', 'B=kept', 'PATH=/bin']);
      expect(report.env.slice(4)).toEqual(['A=new', 'EMPTY=', 'NEW==a=']);
    });

    it('takes a file without variables', async () => {
      expect(reportOf(await on.run(await on.variables({}), [on.app], { env: { A: 'a' } })).env).toEqual(['A=a']);
    });

    const everyByte = Buffer.from(Array.from({ length: 255 }, (_, index) => index + 1));
    it.each([
      ['every byte but NUL', everyByte],
      ['64 KiB', Buffer.alloc(65_536, everyByte)],
      ['as much as the kernel takes', Buffer.alloc(LONGEST - 'V='.length - 1, everyByte)],
      ['line ends of all kinds', Buffer.from('\n\r\n\r\n\n')],
    ])('delivers byte for byte: %s', async (_, value) => {
      const [entry] = reportOf(await on.run(await on.variables({ V: value }), [on.app], { env: {} })).env;
      expect(Buffer.from(entry ?? '', 'latin1').equals(Buffer.concat([Buffer.from('V='), value]))).toBe(true);
    });

    const unlimited = ['sh', '-c', 'ulimit -s unlimited; exec "$@"', 'sh'];

    it('delivers 1,000 variables over 1,000 inherited ones, close to the limit of all together', async () => {
      const names = Array.from({ length: 1000 }, (_, index) => `VARIABLE_${index}`);
      const large = Object.fromEntries(names.map((name, index) => [name, Buffer.alloc(index < 40 ? LONGEST - name.length - 2 : 400, 'x')]));
      const inherited = Object.fromEntries(names.map((name, index) => [index % 2 === 0 ? name : `OTHER_${index}`, 'inherited']));
      const outcome = await on.run(await on.variables(large), [on.app], { env: { PATH: '/bin:/usr/bin', ...inherited }, under: unlimited });
      const { env } = reportOf(outcome);
      expect(env.filter((entry) => entry.endsWith('=inherited'))).toHaveLength(500);
      expect(env.slice(-1000).join('\0')).toBe(encodeVariables(large).toString('latin1').slice(0, -1));
    });

    it.each([
      [
        'one variable is too long',
        { SHORT: SECRET, LONG_ONE: SECRET.padEnd(LONGEST - 'LONG_ONE='.length, 'x') },
        'the variable LONG_ONE is too long',
      ],
      [
        'all are too long together',
        Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`V${index}`, SECRET.padEnd(120_000, 'x')])),
        'too long together: they may fill a quarter of the stack limit, at most 6 MiB',
      ],
    ])('says which limit it is when %s', async (_, entries, words) => {
      const { code, stderr } = await on.run(await on.variables(entries), [on.app]);
      expect(stderr).toMatch(/^keyfirst: [^\n]*\n$/);
      expect(stderr).toContain(words);
      expect(stderr).not.toContain(SECRET);
      expect(code).toBe(126);
    });

    it('gives the app its process id and its signals', async () => {
      const [program, ...args] = [...on.launcher, on.wrapper, await on.variables({ A: 'a' }), on.app, 'wait'];
      const child = spawn(program, args);
      const [line] = (await once(child.stdout, 'data')) as [Buffer];
      expect(Number(line.toString())).toBe(child.pid);
      child.kill('SIGTERM');
      expect(await once(child, 'exit')).toEqual([42, null]);
    });

    it('runs a script by its first line', async () => {
      const script = join(on.folder, 'script');
      await writeFile(script, '#!/bin/sh\nprintf "%s %s" "$PASSWORD" "$1"\n', { mode: 0o755 });
      const { stdout } = await on.run(await on.variables({ PASSWORD: SECRET }), ['script', 'one'], { env: { PATH: on.folder } });
      expect(stdout.toString()).toBe(`${SECRET} one`);
    });

    describe('when the command cannot be run', () => {
      beforeAll(async () => {
        await writeFile(join(on.folder, 'plain'), 'text', { mode: 0o644 });
        await writeFile(join(on.folder, 'no-program'), 'text', { mode: 0o755 });
        await writeFile(join(on.folder, 'no-interpreter'), '#!/nowhere/sh\n', { mode: 0o755 });
        await mkdir(join(on.folder, 'directory'));
        await symlink('loop', join(on.folder, 'loop'));
      });

      it.each([
        ['nope', 127, 'command "nope" not found; give its full path'],
        ['./nope', 127, 'command "./nope" not found; correct the container'],
        ['./app/nope', 127, 'command "./app/nope" not found'],
        ['./plain', 126, 'command "./plain" cannot be executed: the user of this container has no permission'],
        ['plain', 126, 'command "plain" cannot be executed: the user of this container has no permission'],
        ['./directory', 126, 'command "./directory" cannot be executed: it is a directory'],
        ['./no-program', 126, 'neither a program for this processor nor a script that begins with #!'],
        ['no-program', 126, 'command "no-program" cannot be executed: it is neither a program'],
        ['./no-interpreter', 126, 'the interpreter or loader that it names is missing'],
        ['./loop', 126, 'command "./loop" cannot be executed: the kernel refuses it'],
        ['', 126, 'command "" cannot be executed: it is a directory'],
        ['two\nlines\u007f', 127, 'command "two?lines?" not found'],
      ])('%j ends with %i', async (command, code, words) => {
        const file = await on.variables({ PASSWORD: SECRET });
        const outcome = await on.run(file, [command], { env: { PATH: on.folder } });
        expect(outcome.stderr).toMatch(/^keyfirst: [^\n]*\n$/);
        expect(outcome.stderr).toContain(words);
        expect(outcome.stderr).not.toContain(SECRET);
        expect(outcome.code).toBe(code);
      });

      it('keeps its line short', async () => {
        const { code, stderr } = await on.run(await on.variables({}), [`./${'x'.repeat(5000)}`]);
        expect(stderr).toMatch(/^keyfirst: command ".{400}" cannot be executed: the kernel refuses it; /);
        expect(code).toBe(126);
      });

      it.each([
        ['not set', {}],
        ['empty', { PATH: '' }],
      ])('says so when PATH is %s', async (_, env) => {
        const { code, stderr } = await on.run(await on.variables({}), ['app'], { env });
        expect(stderr).toMatch(/^keyfirst: command "app" not found: PATH is empty or not set; /);
        expect(code).toBe(127);
      });

      it('says nothing of the PATH that it delivers', async () => {
        const { code, stderr } = await on.run(await on.variables({ PATH: on.folder }), ['plain']);
        expect(code).toBe(126);
        expect(stderr).not.toContain(on.folder);
      });
    });

    describe('in trouble of its own', () => {
      it.each([
        ['its last entry is cut off', `A=${SECRET}`],
        ['its last entry is cut off', `A=${SECRET}\0${SECRET}`],
        ['it has an entry without a name', `A=a\0${SECRET}\0`],
        ['it has an entry without a name', `=${SECRET}\0`],
        ['it has an entry without a name', `A=${SECRET}\0\0`],
        ['it has two entries of the same name', `A=a\0B=b\0A=${SECRET}\0`],
      ])('refuses a damaged file: %s (%j)', async (words, content) => {
        const file = await on.variables(Buffer.from(content));
        const { code, stderr, stdout } = await on.run(file, [on.app]);
        expect(stderr).toBe(
          `keyfirst: the variables file "${file}" is damaged: ${words}; delete the pod, so that its successor writes the file anew\n`,
        );
        expect(stdout).toHaveLength(0);
        expect(code).toBe(125);
      });

      it.each([
        ['missing', '/nowhere/variables', 'there is no such file'],
        ['under a file', '/bin/sh/variables', 'there is no such file'],
        ['a directory', '/', 'it is not a regular file'],
        ['a device', '/dev/null', 'it is not a regular file'],
      ])('refuses a file that is %s', async (_, file, words) => {
        const { code, stderr } = await on.run(file, [on.app]);
        expect(stderr).toContain(`keyfirst: cannot read the variables file "${file}": ${words}; `);
        expect(code).toBe(125);
      });

      it('does not wait for a FIFO', async () => {
        const fifo = join(on.folder, 'fifo');
        await runProgram(['mkfifo', fifo], {});
        expect(await on.run(fifo, [on.app])).toMatchObject({ code: 125, stderr: expect.stringContaining('not a regular file') });
      });

      it('refuses a file that its user may not read', async () => {
        const file = await on.variables({ A: SECRET });
        await chmod(file, 0o000);
        const outcome = await on.run(file, [on.app], { under: asOtherUser() });
        expect(outcome).toMatchObject({ code: 125, stderr: expect.stringContaining('the user of this container has no permission') });
      });

      it.each([[[]], [['only-a-file']]])('says how it is used when given %j', async (args) => {
        const { code, stderr } = await runProgram([...on.launcher, on.wrapper, ...args], {});
        expect(stderr).toBe('keyfirst: usage: exec <variables-file> <command> [argument...]\n');
        expect(code).toBe(125);
      });
    });

    it('runs as a user that no file knows', async () => {
      const outcome = await on.run(await on.variables({ A: 'a' }), [on.app], { under: [...asOtherUser(), 'env', '-i'] });
      expect(reportOf(outcome).env).toEqual(['A=a']);
    });
  });
});

/** A program to run others with, as user 4711. Another user may do so only in a user namespace. */
function asOtherUser(): readonly string[] {
  return process.getuid?.() === 0
    ? ['setpriv', '--reuid=4711', '--regid=4711', '--clear-groups']
    : ['unshare', '--user', '--map-user=4711', '--map-group=4711'];
}
