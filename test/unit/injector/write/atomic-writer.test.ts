import * as nodeFs from 'node:fs';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RenderedFile } from '../../../../injector/render/render.ts';
import { writeAtomically } from '../../../../injector/write/atomic-writer.ts';
import type { FileSystem } from '../../../../injector/write/file-system.ts';

const NOW = new Date('2026-11-22T17:03:05Z');
const CHANGES = ['mkdtempSync', 'mkdirSync', 'writeFileSync', 'chmodSync', 'symlinkSync', 'renameSync', 'unlinkSync', 'rmSync'] as const;

let base: string;
let directory: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'keyfirst-writer-'));
  directory = join(base, 'secrets');
  mkdirSync(directory);
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const files = (content: Record<string, string>, mode = 0o440): RenderedFile[] =>
  Object.entries(content).map(([path, text]) => ({ path, bytes: Buffer.from(text), mode }));
const write = (content: Record<string, string>, fs: FileSystem = nodeFs) => writeAtomically(directory, files(content), fs, NOW);

/** What a reader sees: files by path, through the links, without the writer's own names. */
function seen(folder = directory, prefix = ''): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder)
      .filter((name) => !name.startsWith('..') && existsSync(join(folder, name)))
      .flatMap((name) => {
        const path = join(folder, name);
        return statSync(path).isDirectory()
          ? Object.entries(seen(path, `${prefix}${name}/`))
          : [[`${prefix}${name}`, readFileSync(path, 'utf8')]];
      }),
  );
}

/** Nothing lies about but what the layout needs. */
function expectTidy(): void {
  const own = readdirSync(directory).filter((name) => name.startsWith('..'));
  expect(own).toHaveLength(2);
  expect(own).toContain('..data');
  expect(own).toContain(readlinkSync(join(directory, '..data')));
}

/** A file system whose change number `step` (from 0) does not happen; `dies` also stops all later ones, as a killed process does. */
function failingAt(step: number, dies: boolean, code = 'EIO'): { fs: FileSystem; steps: () => number } {
  let count = 0;
  const real: Record<string, unknown> = { ...nodeFs };
  const wrapped = { ...real };
  for (const name of CHANGES) {
    const original = real[name] as (...args: unknown[]) => unknown;
    wrapped[name] = (...args: unknown[]) => {
      const now = count++;
      if (now === step || (dies && now > step)) throw Object.assign(new Error(code), { code });
      return original(...args);
    };
  }
  return { fs: wrapped as unknown as FileSystem, steps: () => count };
}

const OLD = { 'a.txt': 'old a', 'dir/b': 'old b', gone: 'old', 'gone-dir/x': 'old' };
const NEW = { 'a.txt': 'new a', 'dir/b': 'new b', 'dir/deep/c': 'new c', added: 'new' };

describe('atomic writer', () => {
  it('lays files out as the kubelet does', () => {
    write({ 'a.txt': 'A', 'dir/sub/b': 'B' });

    const target = readlinkSync(join(directory, '..data'));
    expect(target).toMatch(/^\.\.2026_11_22_17_03_05\.\w{6}$/);
    expect(readlinkSync(join(directory, 'a.txt'))).toBe('..data/a.txt');
    expect(readlinkSync(join(directory, 'dir'))).toBe('..data/dir');
    expect(seen()).toEqual({ 'a.txt': 'A', 'dir/sub/b': 'B' });
    expectTidy();
  });

  it.each([0o077, 0o000, 0o777])('sets exact modes with umask %o', (mask) => {
    const before = process.umask(mask);
    try {
      writeAtomically(
        directory,
        [...files({ 'dir/sub/a': 'A' }, 0o400), ...files({ b: 'B' }, 0o640), ...files({ c: 'C' }, 0o777)],
        nodeFs,
        NOW,
      );
    } finally {
      process.umask(before);
    }

    const mode = (path: string) => statSync(join(directory, path)).mode & 0o7777;
    expect(['dir/sub/a', 'b', 'c'].map(mode)).toEqual([0o400, 0o640, 0o777]);
    expect(['..data/', 'dir/', 'dir/sub'].map(mode)).toEqual([0o755, 0o755, 0o755]);
  });

  it.skipIf(process.getuid?.() !== 0)('gives files the group of a volume with fsGroup (needs root)', () => {
    chownSync(directory, 0, 2345);
    chmodSync(directory, 0o2777);

    write({ 'dir/sub/a': 'A' });

    for (const path of ['..data/', 'dir/', 'dir/sub', 'dir/sub/a']) expect(statSync(join(directory, path)).gid).toBe(2345);
  });

  it('replaces content, adds and removes files', () => {
    write(OLD);
    write(NEW);

    expect(seen()).toEqual(NEW);
    expect(
      readdirSync(directory)
        .filter((name) => !name.startsWith('..'))
        .sort(),
    ).toEqual(['a.txt', 'added', 'dir']);
    expectTidy();
  });

  it('may be run again with the same files', () => {
    write(NEW);
    write(NEW);

    expect(seen()).toEqual(NEW);
    expectTidy();
  });

  it('writes nothing at all when nothing is wanted', () => {
    write(OLD);
    write({});

    expect(seen()).toEqual({});
    expectTidy();
  });

  it('leaves alone what is not its own, and says so when it is in the way', () => {
    writeFileSync(join(directory, 'foreign'), 'x');
    write({ a: 'A' });

    expect(seen()).toEqual({ a: 'A', foreign: 'x' });
    expect(() => write({ foreign: 'mine' })).toThrow('EEXIST');
  });

  describe.each([
    ['is killed', true],
    ['fails', false],
  ])('that %s at any step', (_what, dies) => {
    it('shows each reader all old or all new files, and the next run finishes the work', () => {
      const counter = failingAt(Number.POSITIVE_INFINITY, false);
      write(OLD);
      write(NEW, counter.fs);
      expect(counter.steps()).toBeGreaterThan(15);

      for (let step = 0; step < counter.steps(); step++) {
        rmSync(directory, { recursive: true });
        mkdirSync(directory);
        write(OLD);
        const { fs } = failingAt(step, dies);
        expect(() => write(NEW, fs), `step ${step}`).toThrow('EIO');

        const state = seen(join(directory, '..data'));
        expect([OLD, NEW], `step ${step}`).toContainEqual(state);

        write(NEW);
        expect(seen(), `step ${step}`).toEqual(NEW);
        expectTidy();
      }
    });

    it('heals also the very first run', () => {
      for (let step = 0; step < 16; step++) {
        rmSync(directory, { recursive: true });
        mkdirSync(directory);
        expect(() => write(NEW, failingAt(step, dies).fs), `step ${step}`).toThrow('EIO');

        write(NEW);
        expect(seen(), `step ${step}`).toEqual(NEW);
        expectTidy();
      }
    });
  });

  it('leaves no half-written folder behind when the volume is full', () => {
    write(OLD);
    // mkdtemp, chmod, write
    expect(() => write(NEW, failingAt(3, false, 'ENOSPC').fs)).toThrow('ENOSPC');

    expect(seen()).toEqual(OLD);
    expectTidy();
  });

  it('ends with exactly the wanted files after any sequence of runs', () => {
    const name = fc.constantFrom('a', 'b', 'c.json', 'd/x', 'd/y', 'e/f/g');
    const content = fc.dictionary(name, fc.string({ maxLength: 20, unit: 'grapheme' }));
    fc.assert(
      fc.property(fc.array(content, { minLength: 1, maxLength: 4 }), (runs) => {
        for (const run of runs) write(run);
        expect(seen()).toEqual({ ...runs.at(-1) });
        expectTidy();
      }),
      { numRuns: 30 },
    );
  });

  it('has only links at the first level', () => {
    write(NEW);

    const names = readdirSync(directory).filter((name) => !name.startsWith('..'));
    expect(names.every((name) => lstatSync(join(directory, name)).isSymbolicLink())).toBe(true);
  });
});
