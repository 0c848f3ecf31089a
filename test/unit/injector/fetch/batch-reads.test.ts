import { describe, expect, it } from 'vitest';
import { batchReads } from '../../../../injector/fetch/batch-reads.ts';
import type { Batches } from '../../../../injector/providers/provider.ts';

const reads = (...paths: string[]) => paths.map((path) => ({ path, parameters: new Map<string, string>() }));
const paths = (batches: { path: string }[][]) => batches.map((batch) => batch.map(({ path }) => path));
const batches: Batches = {
  size: 2,
  group({ path }) {
    if (path === 'bad') throw new Error('bad');
    return path.startsWith('alone') ? undefined : path[0];
  },
  read: async () => [],
};

describe('batches', () => {
  it.each([
    ['a store that has none', undefined, ['a1', 'a2'], [['a1'], ['a2']]],
    ['one', batches, ['a1'], [['a1']]],
    ['up to the size', batches, ['a1', 'a2', 'a3'], [['a1', 'a2'], ['a3']]],
    [
      'by group',
      batches,
      ['a1', 'b1', 'a2', 'b2'],
      [
        ['a1', 'a2'],
        ['b1', 'b2'],
      ],
    ],
    ['what needs a request of its own', batches, ['alone1', 'a1', 'alone2', 'a2'], [['alone1'], ['a1', 'a2'], ['alone2']]],
    ['what the store would refuse', batches, ['a1', 'bad', 'a2'], [['a1', 'a2'], ['bad']]],
    ['nothing', batches, [], []],
  ])('%s', (_what, store, wanted, expected) => {
    expect(paths(batchReads(reads(...wanted), store))).toEqual(expected);
  });
});
