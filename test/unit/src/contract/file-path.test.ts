import { describe, expect, it } from 'vitest';
import { filePathClashes, filePathProblem } from '../../../../src/contract/file-path.ts';

describe('filePathProblem', () => {
  it.each(['a', 'db.json', '.env', 'config/db.yaml', 'a.b-c_d', 'ü/ß', 'a b', '$(X)'])('allows %s', (path) => {
    expect(filePathProblem(path)).toBeUndefined();
  });

  it.each([
    '',
    '/a',
    'a/',
    'a//b',
    '.',
    '..',
    '../a',
    'a/../b',
    'a/.',
    '..data',
    '..2026/x',
    'a/..b',
    'a\0b',
    'a\nb',
    'a\\b',
    'x'.repeat(256),
    'a\ud800',
  ])('refuses %j', (path) => {
    expect(filePathProblem(path)).toEqual(expect.any(String));
  });
});

describe('filePathClashes', () => {
  it.each([
    [['a', 'b', 'c/d'], []],
    [['a', 'a'], [{ index: 1, other: 0, kind: 'same' }]],
    [
      ['a', 'a', 'a'],
      [
        { index: 1, other: 0, kind: 'same' },
        { index: 2, other: 0, kind: 'same' },
      ],
    ],
    [['a/b', 'a'], [{ index: 0, other: 1, kind: 'folder' }]],
    [['a/b/c', 'a/b', 'x'], [{ index: 0, other: 1, kind: 'folder' }]],
    [['a', 'ab', 'a-b'], []],
  ])('%j', (paths, clashes) => {
    expect(filePathClashes(paths)).toEqual(clashes);
  });
});
