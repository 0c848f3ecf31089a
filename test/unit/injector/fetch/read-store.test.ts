import { describe, expect, it } from 'vitest';
import type { Read } from '../../../../injector/fetch/group-reads.ts';
import { readStore } from '../../../../injector/fetch/read-store.ts';
import type { SecretRead, Store } from '../../../../injector/providers/provider.ts';
import { ProviderError, type ProviderErrorCode } from '../../../../injector/providers/provider-error.ts';
import { Redacted } from '../../../../src/common/redacted.ts';

const problem = (code: ProviderErrorCode) => new ProviderError(code, code, { remedy: 'r' });
const secret = (text: string): SecretRead => ({ value: new Redacted({ kind: 'text', text }) });
const signal = new AbortController().signal;

/** Reads `a`, `b`, … of a store whose batch request answers as told; single reads give the path in capitals. */
async function readFrom(answer: (SecretRead | ProviderError | undefined)[] | Error, count = 3) {
  const asked: string[] = [];
  const store: Store = {
    identity: 'me',
    place: 'there',
    connect: async () => undefined,
    async read(path) {
      asked.push(path);
      return secret(path.toUpperCase());
    },
    batches: {
      size: 10,
      group: () => 'all',
      async read(batch) {
        asked.push(batch.map(({ path }) => path).join('+'));
        if (answer instanceof Error) throw answer;
        return answer;
      },
    },
  };
  const reads = ['a', 'b', 'c', 'd']
    .slice(0, count)
    .map((path): Read => ({ id: path, store: 's', path, parameters: new Map(), reference: `s://${path}`, specs: [] }));
  const tried: string[] = [];
  const ends: Record<string, unknown> = {};
  await readStore(store, reads, {
    persist(what, request) {
      tried.push(what);
      return request(signal);
    },
    async ended({ path }, result) {
      const value = result.ok ? result.secret.value.reveal() : undefined;
      ends[path] = result.ok ? (value?.kind === 'text' ? value.text : value) : (result.error as Error).message;
    },
  });
  return { asked, tried, ends };
}

describe('reading a store', () => {
  it('takes a whole batch from one request', async () => {
    expect(await readFrom([secret('1'), secret('2'), secret('3')])).toEqual({
      asked: ['a+b+c'],
      tried: ['3 secrets'],
      ends: { a: '1', b: '2', c: '3' },
    });
  });

  it('does not batch a single secret', async () => {
    expect(await readFrom([], 1)).toEqual({ asked: ['a'], tried: ['s://a'], ends: { a: 'A' } });
  });

  it('reads singly what an answer leaves out, and believes its refusals', async () => {
    expect(await readFrom([secret('1'), undefined, problem('not-found')])).toMatchObject({
      asked: ['a+b+c', 'b'],
      ends: { a: '1', b: 'B', c: 'not-found' },
    });
  });

  it('reads all singly when the batch is refused for good', async () => {
    expect(await readFrom(problem('denied'))).toMatchObject({ asked: ['a+b+c', 'a', 'b', 'c'], ends: { a: 'A', b: 'B', c: 'C' } });
  });

  it.each([problem('throttled'), problem('unavailable'), new TypeError('a defect')])(
    'ends all with what might heal and did not: %s',
    async (error) => {
      expect(await readFrom(error)).toMatchObject({ asked: ['a+b+c'], ends: { a: error.message, b: error.message, c: error.message } });
    },
  );
});
