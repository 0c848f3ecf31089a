import { setImmediate, setTimeout } from 'node:timers/promises';
import { KubeError } from '../../src/kube/kube-error.ts';
import type { Pods } from '../../src/kube/pods.ts';
import type { WebhookConfiguration, WebhookConfigurations } from '../../src/kube/webhook-configurations.ts';
import type { Clock } from '../../src/tls/clock.ts';
import type { SourceLog } from '../../src/tls/source-log.ts';

export interface FakeClock extends Clock {
  /** Moves time on in steps, so that loops that sleep again are woken again, and lets what follows run. */
  advance(milliseconds: number): Promise<void>;
  /** Puts the clock on at once, as after the sleep of a machine. */
  jump(milliseconds: number): void;
  /** Sets the machine's clock on or back; what has elapsed stays. */
  set(milliseconds: number): void;
}

export function fakeClock(start = Date.now()): FakeClock {
  let now = start;
  let off = 0;
  let sleepers: { at: number; wake: () => void }[] = [];
  const wakeDue = () => {
    const due = sleepers.filter(({ at }) => at <= now);
    sleepers = sleepers.filter(({ at }) => at > now);
    for (const { wake } of due) wake();
  };
  return {
    now: () => now + off,
    elapsed: () => now,
    sleep: (milliseconds, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve();
        sleepers.push({ at: now + milliseconds, wake: resolve });
        signal.addEventListener('abort', () => resolve(), { once: true });
      }),
    jump(milliseconds) {
      now += milliseconds;
    },
    set(milliseconds) {
      off += milliseconds;
    },
    async advance(milliseconds) {
      const end = now + milliseconds;
      await quiet();
      while (now < end) {
        // At most a second: what goes on without sleeping must not happen all at one instant.
        const next = Math.min(end, now + 1_000, ...sleepers.map(({ at }) => Math.max(at, now + 1)));
        now = next;
        wakeDue();
        await quiet();
      }
    },
  };
}

/** Lets everything that waits for nothing but other code run. */
export async function quiet(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await setImmediate();
}

/** Waits for work on other threads (keys are made there), not for time. */
export async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 2_000; turn += 1) {
    if (condition()) return;
    await setTimeout(5);
  }
  throw new Error('never came true');
}

export function fakeLog() {
  const lines: { level: 'info' | 'warn'; data: object; message: string }[] = [];
  const log: SourceLog = {
    info: (data, message) => void lines.push({ level: 'info', data, message }),
    warn: (data, message) => void lines.push({ level: 'warn', data, message }),
  };
  return { log, lines };
}

/** One webhook configuration in memory that behaves like the API server's, and fails on demand. */
export function fakeConfigurations(caBundles: readonly string[] | undefined = ['']) {
  let version = 1;
  let state: WebhookConfiguration | undefined = caBundles === undefined ? undefined : { resourceVersion: '1', caBundles: [...caBundles] };
  const watchers = new Set<{ onState: (state: WebhookConfiguration | undefined) => void; end: (error?: KubeError) => void }>();
  const calls: string[] = [];
  const failures = new Map<string, KubeError>();
  const tell = () => {
    if (fake.silent) return;
    for (const { onState } of watchers) onState(state);
  };
  const call = (verb: string) => {
    calls.push(verb);
    const failure = failures.get(verb);
    if (failure !== undefined) throw failure;
  };
  const api: WebhookConfigurations = {
    async get() {
      call('get');
      return state;
    },
    async patchCaBundles(_name, seen) {
      call('patch');
      fake.beforePatch?.();
      if (state?.resourceVersion !== seen.resourceVersion) throw new KubeError('cluster-conflict', 'changed meanwhile');
      fake.set(seen.caBundles);
    },
    async watch(_name, onState, signal) {
      call('watch');
      const end = Promise.withResolvers<void>();
      const watcher = { onState, end: (error?: KubeError) => (error === undefined ? end.resolve() : end.reject(error)) };
      watchers.add(watcher);
      signal.addEventListener('abort', () => end.resolve(), { once: true });
      if (state !== undefined && !fake.silent) onState(state);
      await end.promise.finally(() => watchers.delete(watcher));
    },
  };
  const fake = {
    api,
    calls,
    /** Runs just before a patch is compared: change the object here for a conflict. */
    beforePatch: undefined as (() => void) | undefined,
    /** Watches tell nothing. */
    silent: false,
    set(bundles: readonly string[] | undefined) {
      version += 1;
      state = bundles === undefined ? undefined : { resourceVersion: String(version), caBundles: [...bundles] };
      tell();
    },
    bundles: () => state?.caBundles ?? [],
    fail(verbs: readonly string[], error: KubeError) {
      for (const verb of verbs) failures.set(verb, error);
      if (verbs.includes('watch')) for (const { end } of watchers) end(error);
    },
    heal: () => failures.clear(),
    endWatches() {
      for (const { end } of watchers) end();
    },
  };
  return fake;
}

/** Pods that all exist until the test takes them away, and fail on demand. */
export function fakePods() {
  const asked: string[] = [];
  const gone = new Set<string>();
  const fake = {
    asked,
    gone,
    failure: undefined as KubeError | undefined,
    api: {
      async podLives(namespace, name) {
        asked.push(`${namespace}/${name}`);
        if (fake.failure !== undefined) throw fake.failure;
        return !gone.has(name);
      },
    } satisfies Pods,
  };
  return fake;
}
