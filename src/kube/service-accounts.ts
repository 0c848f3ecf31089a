import { NO_IDENTITY, serviceAccountIdentity } from '../stores/service-account-identity.ts';
import { type Clock, systemClock } from '../tls/clock.ts';
import { KubeError } from './kube-error.ts';
import {
  type ServiceAccountCacheOptions,
  type ServiceAccountCacheState,
  serviceAccountCache,
  serviceAccountKey,
} from './service-account-cache.ts';
import type { ServiceAccount, ServiceAccounts } from './service-account-source.ts';
import { sharedReads } from './shared-reads.ts';

export interface ServiceAccountIdentities {
  /** Identity annotations of a ServiceAccount; empty when it has none or does not exist; rejects with a `KubeError` when it cannot be read in time. */
  annotations(namespace: string, name: string): Promise<Readonly<Record<string, string>>>;
  /** How well the cluster is known, for a metric. */
  state(): ServiceAccountCacheState;
  /** Ends the watch and all reads; what is known stays the answer. */
  stop(): Promise<void>;
}

/** Milliseconds for a direct read: the API server waits 10 s for the whole admission. */
const READ_LIMIT = 2_000;
/** Milliseconds for which a direct read is remembered: longer than the watch is behind, shorter than a person notices. */
const REMEMBER = 3_000;

/**
 * The identity annotations of the cluster's ServiceAccounts, from a watch that starts now and goes on until `stop`. A ServiceAccount
 * that the watch has not shown, perhaps because it is newer, is read directly, in 2 s at most.
 */
export function serviceAccountIdentities(
  cluster: ServiceAccounts,
  log: ServiceAccountCacheOptions<unknown>['log'],
  clock: Clock = systemClock,
  random: () => number = Math.random,
): ServiceAccountIdentities {
  const stopping = new AbortController();
  const reads = sharedReads({
    async read(key, signal) {
      const { namespace, name } = parts(key);
      const account = await cluster.readServiceAccount(namespace, name, signal);
      return account === undefined ? NO_IDENTITY : identityOf(account);
    },
    timedOut: (key) =>
      new KubeError(
        'cluster-unreachable',
        `cannot get serviceaccounts ${key}: ${stopping.signal.aborted ? 'the webhook is stopping' : `no answer from the API server within ${READ_LIMIT / 1000} s`}`,
      ),
    limit: READ_LIMIT,
    remember: REMEMBER,
    clock,
  });
  const cache = serviceAccountCache({ accounts: cluster, keep: identityOf, onChange: reads.forget, log, clock, random });
  const running = cache.run(stopping.signal);

  return {
    async annotations(namespace, name) {
      const key = serviceAccountKey({ namespace, name });
      return cache.get(key) ?? reads.get(key, stopping.signal);
    },
    state: cache.state,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

function identityOf({ annotations }: ServiceAccount): Readonly<Record<string, string>> {
  return serviceAccountIdentity(annotations);
}

function parts(key: string): { namespace: string; name: string } {
  const slash = key.indexOf('/');
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
