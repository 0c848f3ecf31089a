import { KubeError } from '../../src/kube/kube-error.ts';
import type { ServiceAccount, ServiceAccountChange, ServiceAccounts } from '../../src/kube/service-account-source.ts';

type Handlers = Parameters<ServiceAccounts['watchServiceAccounts']>[1];

/** ServiceAccounts in memory that behave like the API server's: one version for all, watches from a version, pages. */
export function fakeServiceAccounts({ page = 2 } = {}) {
  let version = 10;
  /** Changes before this version are forgotten. */
  let oldest = 0;
  const objects = new Map<string, ServiceAccount>();
  const history: ServiceAccountChange[] = [];
  const watchers = new Set<{ handlers: Handlers; end: (error?: KubeError) => void }>();
  const calls: string[] = [];
  const failures = new Map<string, KubeError>();
  const begin = (verb: string, words: string) => {
    calls.push(`${verb} ${words}`.trimEnd());
    const failure = failures.get(verb);
    if (failure !== undefined) throw failure;
  };
  const versionOf = (change: ServiceAccountChange) =>
    Number(change.kind === 'bookmark' ? change.resourceVersion : change.account.resourceVersion);
  const tell = (change: ServiceAccountChange) => {
    history.push(change);
    if (!fake.silent) for (const { handlers } of watchers) handlers.onChange(change);
  };

  const api: ServiceAccounts = {
    async listServiceAccounts(next) {
      begin('list', next ?? '');
      await fake.beforePage?.();
      const all = [...objects.values()];
      const from = Number(next ?? 0);
      const more = from + page < all.length;
      return { items: all.slice(from, from + page), resourceVersion: String(version), next: more ? String(from + page) : undefined };
    },
    async readServiceAccount(namespace, name, signal) {
      begin('get', `${namespace}/${name}`);
      const answer = objects.get(`${namespace}/${name}`);
      if (fake.hang !== undefined) await Promise.race([fake.hang, aborted(signal)]);
      return answer;
    },
    async watchServiceAccounts(resourceVersion, handlers, signal) {
      begin('watch', resourceVersion);
      if (Number(resourceVersion) < oldest) throw new KubeError('cluster-expired', 'too old');
      handlers.onOpen();
      for (const change of history) if (versionOf(change) > Number(resourceVersion)) handlers.onChange(change);
      const end = Promise.withResolvers<void>();
      const watcher = { handlers, end: (error?: KubeError) => (error === undefined ? end.resolve() : end.reject(error)) };
      watchers.add(watcher);
      signal.addEventListener('abort', () => end.resolve(), { once: true });
      await end.promise.finally(() => watchers.delete(watcher));
    },
  };
  const fake = {
    api,
    calls,
    /** Runs before each page of a list is answered. */
    beforePage: undefined as (() => void | Promise<void>) | undefined,
    /** Reads answer, with what was there when they began, when this resolves. */
    hang: undefined as Promise<void> | undefined,
    /** Open watches tell nothing. */
    silent: false,
    set(key: string, annotations: Record<string, string> = {}) {
      const [namespace = '', name = ''] = key.split('/');
      version += 1;
      const account = { namespace, name, annotations, resourceVersion: String(version) };
      objects.set(key, account);
      tell({ kind: 'present', account });
    },
    remove(key: string) {
      const account = objects.get(key);
      if (account === undefined) throw new Error(`no ${key}`);
      version += 1;
      objects.delete(key);
      tell({ kind: 'gone', account: { ...account, resourceVersion: String(version) } });
    },
    bookmark() {
      version += 1;
      tell({ kind: 'bookmark', resourceVersion: String(version) });
    },
    /** Something else in the cluster changes, of which watches of ServiceAccounts hear nothing. */
    pass() {
      version += 1;
    },
    /** Forgets all history, as a restarted API server has. */
    forget() {
      oldest = version;
      history.length = 0;
    },
    /** etcd is restored from a backup. */
    restore(keys: Record<string, Record<string, string>>) {
      objects.clear();
      history.length = 0;
      version = 1;
      for (const [key, annotations] of Object.entries(keys)) {
        const [namespace = '', name = ''] = key.split('/');
        objects.set(key, { namespace, name, annotations, resourceVersion: '1' });
      }
    },
    fail(verbs: readonly string[], error: KubeError) {
      for (const verb of verbs) failures.set(verb, error);
      if (verbs.includes('watch')) fake.endWatches(error);
    },
    heal: () => failures.clear(),
    endWatches(error?: KubeError) {
      for (const { end } of watchers) end(error);
    },
    watches: () => watchers.size,
  };
  return fake;
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
