import type { StoreConfig } from '../../src/contract/provider.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Store } from '../providers/provider.ts';
import type { Read } from './group-reads.ts';
import { Pace } from './pace.ts';
import { type ReadResult, readStore } from './read-store.ts';
import { type RetryOptions, withRetry } from './retry.ts';
import { Slots } from './slots.ts';

/** Requests that run at a time, over all stores. */
const CONCURRENCY = 16;

export interface FetchDeps {
  readonly open: (config: StoreConfig, connections: number) => Promise<Store>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  /** Aborts at the deadline or when the process is asked to stop. */
  readonly stop: AbortSignal;
  readonly deadlineAt: number;
  /** Whether the outcome serves every entry of the read; if not, nobody else tries again, because nothing will be written. */
  readonly usable: (outcome: ReadOutcome) => boolean | Promise<boolean>;
}

/** Opening a connection costs about three round trips, and with TLS some milliseconds of processor time, so two reads share one. */
function connectionsFor(reads: number): number {
  return Math.min(CONCURRENCY, Math.ceil(reads / 2));
}

/** How one read ended. `identity` is absent when the store could not even be opened. */
export type ReadOutcome = { readonly read: Read; readonly identity?: string | undefined } & ReadResult;

/** Opens each store, proves the identity once a store, then reads everything in parallel. Never throws; outcomes in order of the reads. */
export async function fetchSecrets(
  readsByStore: ReadonlyMap<string, readonly Read[]>,
  stores: Readonly<Record<string, StoreConfig>>,
  deps: FetchDeps,
): Promise<ReadOutcome[]> {
  const giveUp = new AbortController();
  const shared = { ...deps, giveUp: giveUp.signal, slots: new Slots(CONCURRENCY) };
  const settle = async (outcome: ReadOutcome): Promise<ReadOutcome> => {
    if (!(await deps.usable(outcome))) giveUp.abort();
    return outcome;
  };
  const perStore = [...readsByStore].map(([name, reads]) => fetchStore(name, reads, stores[name], shared, settle));
  return (await Promise.all(perStore)).flat();
}

type Shared = Omit<RetryOptions, 'place' | 'onRetry' | 'pace'> & FetchDeps;

async function fetchStore(
  name: string,
  reads: readonly Read[],
  config: StoreConfig | undefined,
  shared: Shared,
  settle: (outcome: ReadOutcome) => Promise<ReadOutcome>,
): Promise<ReadOutcome[]> {
  const started = shared.clock.now();
  let retries = 0;
  let identity: string | undefined;
  async function failAll(error: unknown): Promise<ReadOutcome[]> {
    return Promise.all(reads.map((read) => settle({ read, identity, ok: false, error })));
  }
  try {
    if (config === undefined) return await failAll(new Error('unknown store'));
    const store = await shared.open(config, connectionsFor(reads.length));
    identity = store.identity;
    const pace = new Pace();
    const options = (what: string): RetryOptions => ({
      ...shared,
      pace,
      place: store.place,
      onRetry(error, delay) {
        retries += 1;
        shared.log.warn('trying again', {
          store: name,
          what,
          problem: error.message,
          code: error.code,
          ...(error.status === undefined ? {} : { status: error.status }),
          delay,
        });
      },
    });
    await withRetry((signal) => store.connect(signal), options('login'));
    const connected = shared.clock.now();
    const outcomes = new Map<Read, ReadOutcome>();
    await readStore(store, reads, {
      persist: (what, request) => withRetry(request, options(what)),
      async ended(read, result) {
        outcomes.set(read, await settle({ read, identity, ...result }));
      },
    });
    shared.log.info('store read', {
      store: name,
      provider: config.provider,
      reads: reads.length,
      failed: [...outcomes.values()].filter(({ ok }) => !ok).length,
      retries,
      loginMs: connected - started,
      readMs: shared.clock.now() - connected,
    });
    return reads.flatMap((read) => outcomes.get(read) ?? []);
  } catch (error) {
    return failAll(error);
  }
}
