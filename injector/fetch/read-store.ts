import type { SecretRead, Store } from '../providers/provider.ts';
import { ProviderError } from '../providers/provider-error.ts';
import { batchReads } from './batch-reads.ts';
import type { Read } from './group-reads.ts';

export interface ReadStoreDeps {
  /** Runs a request until it succeeds, cannot heal or time is up; `what` is for the log. */
  readonly persist: <T>(what: string, request: (signal: AbortSignal) => Promise<T>) => Promise<T>;
  /** Told each end as soon as it is known. */
  readonly ended: (read: Read, result: ReadResult) => Promise<void>;
}

export type ReadResult = { readonly ok: true; readonly secret: SecretRead } | { readonly ok: false; readonly error: unknown };

/** Reads everything of one store, in batches where it can. A throttled batch is tried again as one request, not as many. Never throws. */
export async function readStore(store: Store, reads: readonly Read[], { persist, ended }: ReadStoreDeps): Promise<void> {
  const readOne = async (read: Read): Promise<void> => {
    const result = await persist(read.reference, (signal) => store.read(read.path, read.parameters, signal)).then(success, failure);
    await ended(read, result);
  };
  const readMany = async (batch: readonly Read[]): Promise<void> => {
    const answers = await persist(`${batch.length} secrets`, async (signal) => store.batches?.read(batch, signal)).catch(
      // A refusal of the request as a whole (a right to read each but not many) says nothing of a single secret.
      (error: unknown) => (error instanceof ProviderError && !error.canHeal ? [] : batch.map(() => error)),
    );
    await Promise.all(
      batch.map((read, index) => {
        const answer = answers?.[index];
        if (answer === undefined) return readOne(read);
        return ended(read, isSecret(answer) ? success(answer) : failure(answer));
      }),
    );
  };
  const requests = batchReads(reads, store.batches);
  await Promise.all(requests.map((batch) => (batch.length > 1 ? readMany(batch) : Promise.all(batch.map(readOne)))));
}

function success(secret: SecretRead): ReadResult {
  return { ok: true, secret };
}

function failure(error: unknown): ReadResult {
  return { ok: false, error };
}

function isSecret(answer: unknown): answer is SecretRead {
  return typeof answer === 'object' && answer !== null && 'value' in answer && !(answer instanceof Error);
}
