import * as nodeFs from 'node:fs';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RenderedFile } from '../../../../injector/render/render.ts';
import type { FileSystem } from '../../../../injector/write/file-system.ts';
import { groupByView, writeViews } from '../../../../injector/write/write-views.ts';

const NOW = new Date('2026-11-22T17:03:05Z');

let volume: string;
beforeEach(() => {
  volume = mkdtempSync(join(tmpdir(), 'keyfirst-views-'));
});
afterEach(() => rmSync(volume, { recursive: true, force: true }));

const file = (path: string, text: string): RenderedFile => ({ path, bytes: Buffer.from(text), mode: 0o444 });
const viewsOf = (version: string) =>
  groupByView([
    { file: file('shared', version), views: ['view-a', 'view-b'] },
    { file: file('dir/only', version), views: ['view-b'] },
    { file: file('root', version), views: undefined },
    { file: undefined, views: ['view-c'] },
  ]);
const write = (version: string, fs: FileSystem = nodeFs) => writeViews([{ directory: volume, views: viewsOf(version) }], fs, NOW);
const read = (path: string) => readFileSync(join(volume, path), 'utf8');
const PATHS = ['view-a/shared', 'view-b/shared', 'view-b/dir/only', 'root'];

/** A file system whose n-th call of a change fails. */
function failingAt(step: number): { fs: FileSystem; calls: () => string[] } {
  const calls: string[] = [];
  const wrapped: Record<string, unknown> = { ...nodeFs };
  for (const name of ['mkdtempSync', 'mkdirSync', 'writeFileSync', 'chmodSync', 'symlinkSync', 'renameSync']) {
    const original = wrapped[name] as (...args: unknown[]) => unknown;
    wrapped[name] = (...args: unknown[]) => {
      calls.push(name);
      if (calls.length - 1 === step) throw Object.assign(new Error('EIO'), { code: 'EIO' });
      return original(...args);
    };
  }
  return { fs: wrapped as unknown as FileSystem, calls: () => calls };
}

describe('views', () => {
  it('gives each view its own folder with its own ..data, the rest goes to the volume', () => {
    write('1');

    expect(PATHS.map(read)).toEqual(['1', '1', '1', '1']);
    expect(
      readdirSync(volume)
        .filter((name) => !name.startsWith('..'))
        .sort(),
    ).toEqual(['root', 'view-a', 'view-b', 'view-c']);
    for (const view of ['', 'view-a', 'view-b', 'view-c']) expect(lstatSync(join(volume, view, '..data')).isSymbolicLink()).toBe(true);
    expect(lstatSync(join(volume, 'view-a')).isDirectory()).toBe(true);
    expect(statSync(join(volume, 'view-a')).mode & 0o777).toBe(0o755);
    expect(existsSync(join(volume, 'view-a/dir'))).toBe(false);
  });

  it('leaves the volume itself empty when every entry has a view, and writes it when nothing has', () => {
    writeViews([{ directory: volume, views: groupByView([{ file: file('x', '1'), views: ['a/b'] }]) }], nodeFs, NOW);
    expect(readdirSync(volume)).toEqual(['a']);
    expect(read('a/b/x')).toBe('1');

    expect([...groupByView([])]).toEqual([['', []]]);
  });

  it('replaces all views, and may run again', () => {
    write('1');
    write('2');
    write('2');

    expect(PATHS.map(read)).toEqual(['2', '2', '2', '2']);
    expect(readdirSync(join(volume, 'view-a')).filter((name) => name.startsWith('..'))).toHaveLength(2);
  });

  it('shows nothing new when any step before the first rename fails, and the next run finishes', () => {
    const counter = failingAt(Number.POSITIVE_INFINITY);
    write('1');
    write('2', counter.fs);
    const firstRename = counter.calls().indexOf('renameSync');
    expect(counter.calls().lastIndexOf('writeFileSync')).toBeLessThan(firstRename);

    for (let step = 0; step < firstRename; step++) {
      rmSync(volume, { recursive: true });
      mkdirSync(volume);
      write('1');
      expect(() => write('2', failingAt(step).fs), `step ${step}`).toThrow('EIO');
      expect(PATHS.map(read), `step ${step}`).toEqual(['1', '1', '1', '1']);
      write('2');
      expect(PATHS.map(read), `step ${step}`).toEqual(['2', '2', '2', '2']);
    }
  });

  it('keeps every view whole when a rename fails, and the next run finishes', () => {
    const counter = failingAt(Number.POSITIVE_INFINITY);
    write('1');
    write('2', counter.fs);
    const renames = counter.calls().flatMap((name, index) => (name === 'renameSync' ? [index] : []));
    expect(renames).toHaveLength(4);

    for (const step of renames) {
      rmSync(volume, { recursive: true });
      mkdirSync(volume);
      write('1');
      expect(() => write('2', failingAt(step).fs)).toThrow('EIO');
      for (const path of PATHS) expect(['1', '2']).toContain(read(path));
      write('3');
      expect(PATHS.map(read)).toEqual(['3', '3', '3', '3']);
    }
  });
});
