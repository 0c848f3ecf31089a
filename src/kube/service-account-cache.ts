import { errorLine } from '../common/errors.ts';
import { backOff } from '../tls/back-off.ts';
import type { Clock } from '../tls/clock.ts';
import { KubeError } from './kube-error.ts';
import type { ServiceAccount, ServiceAccountChange, ServiceAccounts } from './service-account-source.ts';

/** How well the cache knows the cluster, for a metric. */
export interface ServiceAccountCacheState {
  /** `filling` until the first list is complete; `stale` while changes are not followed and what was known last is the answer. */
  readonly phase: 'filling' | 'current' | 'stale';
  /** ServiceAccounts known. */
  readonly known: number;
  /** Milliseconds since 1970 of the last word from the API server; undefined before the first. */
  readonly heard: number | undefined;
}

export interface ServiceAccountCacheOptions<Kept> {
  readonly accounts: ServiceAccounts;
  /** What is held of each ServiceAccount. */
  readonly keep: (account: ServiceAccount) => Kept;
  /** A ServiceAccount was added, changed or deleted. */
  readonly onChange: (key: string) => void;
  readonly log: { info(data: object, message: string): void; warn(data: object, message: string): void };
  readonly clock: Clock;
  readonly random: () => number;
}

export interface ServiceAccountCache<Kept> {
  /** By `serviceAccountKey`; undefined when no such ServiceAccount is known. */
  readonly get: (key: string) => Kept | undefined;
  readonly state: () => ServiceAccountCacheState;
  /** Lists and follows all ServiceAccounts until `signal` aborts; never rejects. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}

/** At most: how long after its return the API server is not asked, and so how long a change may go unseen. */
const RETRY = { base: 200, most: 5_000 };
/** A watch can miss what happened, for instance when etcd was restored from a backup; listing now and then ends that. */
const RELIST = 30 * 60_000;

/** Neither name may contain a slash. */
export const serviceAccountKey = ({ namespace, name }: { namespace: string; name: string }): string => `${namespace}/${name}`;

/** All ServiceAccounts in memory, kept current by list and watch. While the API server is away it goes on answering from what it knows. */
export function serviceAccountCache<Kept>(options: ServiceAccountCacheOptions<Kept>): ServiceAccountCache<Kept> {
  const { accounts, keep, onChange, log, clock, random } = options;
  let known = new Map<string, Kept>();
  let phase: ServiceAccountCacheState['phase'] = 'filling';
  let heard: number | undefined;
  let problem: string | undefined;
  /** Up to which version of the cluster we know everything; undefined: list first. */
  let position: string | undefined;
  let relistAt = 0;

  async function fill(signal: AbortSignal): Promise<void> {
    const found = new Map<string, Kept>();
    let next: string | undefined;
    do {
      const page = await accounts.listServiceAccounts(next, signal);
      for (const account of page.items) found.set(serviceAccountKey(account), keep(account));
      heard = clock.now();
      next = page.next;
      if (next === undefined) position = page.resourceVersion;
    } while (next !== undefined);
    known = found;
    relistAt = clock.elapsed() + RELIST * (0.75 + random() / 2);
  }

  function onOpen(): void {
    heard = clock.now();
    if (phase !== 'current') log.info({ known: known.size, before: phase }, 'ServiceAccount identities are current');
    phase = 'current';
    problem = undefined;
  }

  function apply(change: ServiceAccountChange): void {
    heard = clock.now();
    if (change.kind === 'bookmark') {
      position = change.resourceVersion;
      return;
    }
    const key = serviceAccountKey(change.account);
    if (change.kind === 'gone') known.delete(key);
    else known.set(key, keep(change.account));
    position = change.account.resourceVersion;
    onChange(key);
  }

  function onFailure(error: unknown): void {
    if (error instanceof KubeError && error.code === 'cluster-expired') position = undefined;
    phase = relistAt === 0 ? 'filling' : 'stale';
    const now = errorLine(error);
    // Logged when it changes, not at every try.
    if (now !== problem) log.warn({ problem: now, phase, known: known.size }, 'ServiceAccount identities are not current');
    problem = now;
  }

  return {
    get: (key) => known.get(key),
    state: () => ({ phase, known: known.size, heard }),
    async run(signal) {
      for (let failures = 0; !signal.aborted; ) {
        let opened = Number.POSITIVE_INFINITY;
        let failed = 0;
        try {
          if (position === undefined || clock.elapsed() >= relistAt) await fill(signal);
          opened = clock.elapsed();
          await accounts.watchServiceAccounts(position ?? '', { onOpen, onChange: apply }, signal);
        } catch (error) {
          if (signal.aborted) return;
          onFailure(error);
          failed = 1;
        }
        // A server that ends every watch at once is not asked at full speed either.
        failures = clock.elapsed() - opened >= RETRY.most ? failed : failures + 1;
        if (failures > 0) await clock.sleep(backOff(failures - 1, RETRY, random), signal);
      }
    },
  };
}
