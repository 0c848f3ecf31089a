import type { Batches } from '../providers/provider.ts';
import type { Read } from './group-reads.ts';

/** The reads of one store as requests: those that may share one together, up to the store's limit, all others alone. */
export function batchReads<R extends Pick<Read, 'path' | 'parameters'>>(reads: readonly R[], batches: Batches | undefined): R[][] {
  if (batches === undefined) return reads.map((read) => [read]);
  const groups = Map.groupBy(reads, (read) => groupOf(read, batches) ?? read);
  return [...groups.values()].flatMap((group) =>
    Array.from({ length: Math.ceil(group.length / batches.size) }, (_, index) =>
      group.slice(index * batches.size, (index + 1) * batches.size),
    ),
  );
}

function groupOf(read: Pick<Read, 'path' | 'parameters'>, batches: Batches): string | undefined {
  try {
    return batches.group(read);
  } catch {
    // Its own read says what is wrong with it.
    return undefined;
  }
}
