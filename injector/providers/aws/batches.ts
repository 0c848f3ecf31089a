import { ProviderError } from '../provider-error.ts';

export interface BatchSource<Item, Value> {
  /** Most items of one request. */
  readonly size: number;
  /** Two items of one id are the same object and get the same answer. */
  id(item: Item): string;
  /** Several at once, by id: value or refusal. What is missing in the answer, or everything when it fails for good, is read one by one. */
  many(items: readonly Item[], signal: AbortSignal): Promise<ReadonlyMap<string, Value | ProviderError>>;
  one(item: Item, signal: AbortSignal): Promise<Value>;
}

interface Round<Item> {
  readonly group: readonly Item[];
  failed: boolean;
}
interface Pending<Item, Value> {
  readonly answer: Promise<Value>;
  readonly round: Round<Item>;
  /** Whether a reader has been told this outcome. */
  seen: boolean;
}
interface Queued<Item, Value> {
  readonly item: Item;
  readonly answer: PromiseWithResolvers<Value>;
}

/**
 * Turns the reads of one tick into batches, and reads each object once. A batch that failed goes out again as a whole with the
 * first of its readers that tries again; the others get that outcome, so that throttling does not turn one request into many.
 */
export function createBatches<Item, Value>(source: BatchSource<Item, Value>): (item: Item, signal: AbortSignal) => Promise<Value> {
  const pending = new Map<string, Pending<Item, Value>>();
  let queue: Queued<Item, Value>[] = [];

  function enqueue(item: Item, round: Round<Item>, signal: AbortSignal): Pending<Item, Value> {
    const answer = Promise.withResolvers<Value>();
    // A companion's outcome may never be asked for.
    answer.promise.catch(() => undefined);
    const entry = { answer: answer.promise, round, seen: false };
    pending.set(source.id(item), entry);
    if (queue.length === 0) setImmediate(flush, signal);
    queue.push({ item, answer });
    return entry;
  }

  function flush(signal: AbortSignal): void {
    const queued = queue;
    queue = [];
    for (let from = 0; from < queued.length; from += source.size) {
      const group = queued.slice(from, from + source.size);
      const round = { group: group.map(({ item }) => item), failed: false };
      for (const { item } of group) {
        const entry = pending.get(source.id(item));
        if (entry !== undefined) pending.set(source.id(item), { ...entry, round });
      }
      void send(group, round, signal);
    }
  }

  async function send(group: readonly Queued<Item, Value>[], round: Round<Item>, signal: AbortSignal): Promise<void> {
    let found: ReadonlyMap<string, Value | ProviderError> = new Map();
    if (group.length > 1) {
      try {
        found = await source.many(round.group, signal);
      } catch (error) {
        if (!(error instanceof ProviderError) || error.canHeal) {
          round.failed = true;
          for (const { answer } of group) answer.reject(error);
          return;
        }
      }
    }
    await Promise.all(group.map((queued) => settle(queued, found.get(source.id(queued.item)), signal)));
  }

  async function settle(
    { item, answer }: Queued<Item, Value>,
    found: Value | ProviderError | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      if (found instanceof ProviderError) throw found;
      answer.resolve(found ?? (await source.one(item, signal)));
    } catch (error) {
      const entry = pending.get(source.id(item));
      if (entry !== undefined) pending.set(source.id(item), { ...entry, round: { group: [item], failed: true } });
      answer.reject(error);
    }
  }

  return (item, signal) => {
    const id = source.id(item);
    let entry = pending.get(id);
    if (entry?.round.failed === true && entry.seen) {
      for (const companion of entry.round.group) if (source.id(companion) !== id) enqueue(companion, entry.round, signal);
      entry = undefined;
    }
    entry ??= enqueue(item, { group: [item], failed: false }, signal);
    entry.seen = true;
    return entry.answer;
  };
}
