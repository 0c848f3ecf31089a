import { describe, expect, it } from 'vitest';
import { listEntry, listFiles } from '../../../../../injector/render/variables/wrapper-list.ts';

describe('list for the wrapper', () => {
  it.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array()],
    ['every byte but NUL', Buffer.from(Array.from({ length: 255 }, (_, index) => index + 1))],
    ['as much as Linux takes', Buffer.alloc(131_072 - 'NAME='.length - 1, 'x')],
  ])('takes %s as it is', (_what, value) => {
    const entry = listEntry({ name: 'NAME', value });

    expect(entry.ok && Buffer.concat([Buffer.from('NAME='), value, Buffer.of(0)]).equals(entry.value)).toBe(true);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['NUL', Buffer.from('s3cret\0'), /NUL byte/],
    ['one byte more than Linux takes', Buffer.alloc(131_072 - 'NAME='.length, 's3cret'), /131073 bytes.*131072/],
  ])('refuses %s, without the value', (_what, value, expected) => {
    const entry = listEntry({ name: 'NAME', value });

    expect(entry).toMatchObject({ ok: false, what: expect.stringMatching(expected), remedy: expect.stringMatching(/file/) });
    expect(JSON.stringify(entry)).not.toContain('s3cret');
  });

  it('is a file of the entries one after the other, empty without any', () => {
    expect(listFiles([Buffer.from('A=1\0'), Buffer.from('B=\0')], 0o440, undefined)).toEqual([
      { path: '.keyfirst/env', bytes: Buffer.from('A=1\0B=\0'), mode: 0o440 },
    ]);
    expect(listFiles([], 0o400, undefined)).toMatchObject([{ bytes: Buffer.alloc(0) }]);
  });

  it.each([
    [0o400, 0o500],
    [0o440, 0o550],
    [0o444, 0o555],
    [0o604, 0o705],
    [0o640, 0o750],
  ])('has the wrapper beside it, of mode %o with execution for who may read', (mode, expected) => {
    const program = Buffer.from('program');

    expect(listFiles([], mode, program)[1]).toEqual({ path: '.keyfirst/exec', bytes: program, mode: expected });
  });
});
