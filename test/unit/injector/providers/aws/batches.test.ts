import { describe, expect, it } from 'vitest';
import { type BatchSource, createBatches } from '../../../../../injector/providers/aws/batches.ts';
import { ProviderError, type ProviderErrorCode } from '../../../../../injector/providers/provider-error.ts';

const signal = new AbortController().signal;
const failure = (code: ProviderErrorCode) => new ProviderError(code, code, { remedy: 'none' });

/** Answers `many` by the script's next step, or all of it; notes each request. */
function source(steps: (ReadonlyMap<string, string> | ProviderError)[] = [], size = 3) {
  const asked: string[] = [];
  const batches: BatchSource<string, string> = {
    size,
    id: (item) => item,
    async many(items) {
      asked.push(items.join('+'));
      const step = steps.shift() ?? new Map(items.map((item) => [item, item.toUpperCase()]));
      if (step instanceof ProviderError) throw step;
      return step;
    },
    async one(item) {
      asked.push(item);
      return item.toUpperCase();
    },
  };
  const read = createBatches(batches);
  return { asked, read: (item: string) => read(item, signal) };
}
const outcomes = async (promises: Promise<string>[]) =>
  (await Promise.allSettled(promises)).map((result) => (result.status === 'fulfilled' ? result.value : (result.reason as Error).message));

describe('batches', () => {
  it('asks once for what is wanted in one tick, by size, and never twice', async () => {
    const { asked, read } = source();

    expect(await outcomes(['a', 'b', 'a', 'c', 'd'].map(read))).toEqual(['A', 'B', 'A', 'C', 'D']);
    expect(await outcomes(['b', 'd'].map(read))).toEqual(['B', 'D']);
    expect(asked).toEqual(['a+b+c', 'd']);
  });

  it('reads singly what an answer leaves out, and believes its refusals', async () => {
    const { asked, read } = source([
      new Map<string, never>([
        ['a', 'A' as never],
        ['c', failure('not-found') as never],
      ]),
    ]);

    expect(await outcomes(['a', 'b', 'c'].map(read))).toEqual(['A', 'B', 'not-found']);
    expect(asked).toEqual(['a+b+c', 'b']);
  });

  it('reads all singly when a batch is refused for good', async () => {
    const { asked, read } = source([failure('denied')]);

    expect(await outcomes(['a', 'b'].map(read))).toEqual(['A', 'B']);
    expect(asked).toEqual(['a+b', 'a', 'b']);
  });

  it('sends a batch that may heal again as a whole, once a round, however late its readers come', async () => {
    const { asked, read } = source([failure('throttled'), failure('unavailable')]);

    expect(await outcomes(['a', 'b', 'c'].map(read))).toEqual(['throttled', 'throttled', 'throttled']);
    expect(await outcomes([read('b')])).toEqual(['unavailable']);
    expect(await outcomes([read('a')])).toEqual(['unavailable']);
    expect(await outcomes([read('b')])).toEqual(['B']);
    expect(await outcomes([read('c'), read('a')])).toEqual(['C', 'A']);
    expect(asked.map((batch) => batch.split('+').sort().join('+'))).toEqual(['a+b+c', 'a+b+c', 'a+b+c']);
  });
});
