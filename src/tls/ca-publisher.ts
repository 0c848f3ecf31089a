import { errorLine } from '../common/errors.ts';
import { KubeError } from '../kube/kube-error.ts';
import type { Pods } from '../kube/pods.ts';
import type { WebhookConfiguration, WebhookConfigurations } from '../kube/webhook-configurations.ts';
import { backOff, paceAfter } from './back-off.ts';
import { foreignEntries, type MergedBundle, mergeCaBundle } from './ca-bundle.ts';
import type { Clock } from './clock.ts';
import { prune } from './pruner.ts';
import type { SourceLog } from './source-log.ts';
import { SETTLE } from './trust.ts';
import { type Provable, trustProofs } from './trust-proofs.ts';
import { createWake } from './wake.ts';
import { paceAfterError, watchConfiguration } from './watch-configuration.ts';

export interface PublisherOptions {
  readonly configurationName: string;
  readonly service: string;
  readonly namespace: string;
  readonly podName: string;
  readonly configurations: WebhookConfigurations;
  readonly pods: Pods;
  readonly log: SourceLog;
  readonly clock: Clock;
  readonly random: () => number;
}

/** A certificate to be trusted. */
export interface Published extends Provable {
  /** The CA that signed it, as PEM. */
  readonly ca: string;
}

export interface CaPublisher {
  /** From now on every `caBundle` of the configuration is to hold exactly the CAs of these. */
  publish(issued: readonly Published[]): void;
  /** Whether API servers accept the certificate by now. */
  trusts(issued: Published): boolean;
  /** Why they do not, in words. */
  waitingFor(issued: Published): string;
  /** Works until `signal` aborts; never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

const CONFLICT = { base: 20, most: 1_000 };

/**
 * Keeps our CAs in `caBundle`: one loop watches the configuration and notes what it shows, the second writes when the watch
 * saw a bundle that is not as it should be, the third finds CAs of pods that are gone. Whoever wipes or breaks a bundle is
 * answered by the next event.
 */
export function createCaPublisher(options: PublisherOptions): CaPublisher {
  const { configurationName, service, namespace, podName, configurations, log, clock, random } = options;
  const wake = createWake();
  const proofs = trustProofs<Published>(`${service}.${namespace}.svc`, clock);
  let seen: readonly string[] = [];
  /** What the watch has just shown and nobody has answered yet. */
  let news: WebhookConfiguration | undefined;
  /** The answer to a read tells the API server's time: without it a clock that is far ahead would take good CAs of others for expired. */
  let hasRead = false;
  /** Fingerprints of entries to be taken out. */
  const gone = new Set<string>();
  let problems: { write?: string | undefined; watch?: string | undefined } = {};
  let writes: number[] = [];

  function merged({ caBundles }: WebhookConfiguration): MergedBundle[] {
    const own = { podName, namespace, certificates: proofs.items().map(({ ca }) => ca) };
    return caBundles.map((bundle) => mergeCaBundle(bundle, own, new Date(clock.now()), gone));
  }

  function note(caBundles: readonly string[]): void {
    seen = caBundles;
    proofs.note(caBundles);
  }

  function onState(state: WebhookConfiguration | undefined): void {
    setProblem('watch', undefined);
    note(state?.caBundles ?? []);
    const wrong = state === undefined || merged(state).some(({ changed }) => changed);
    news = wrong ? state : undefined;
    if (wrong) wake.raise();
  }

  /**
   * Writes if there is something to change. What the watch has just shown is answered at once: if it is behind, the API server says so, and
   * the next try reads the object afresh, as does whatever else wakes us.
   */
  async function write(): Promise<void> {
    const shown = hasRead ? news : undefined;
    news = undefined;
    const state = shown ?? (await configurations.get(configurationName));
    hasRead = true;
    if (state === undefined || state.caBundles.length === 0) {
      onAbsent(state);
      return;
    }
    const results = merged(state);
    if (results.some(({ changed }) => changed)) {
      const caBundles = results.map(({ bundle }) => bundle);
      await configurations.patchCaBundles(configurationName, { resourceVersion: state.resourceVersion, caBundles });
      writes = [...writes.slice(-99), clock.elapsed()];
      log.info({ configuration: configurationName, dropped: results.map(({ dropped }) => dropped) }, 'CA bundle written');
    }
    // A pod that we were wrong about adds its CA again, and must then be asked about anew.
    gone.clear();
    setProblem('write', undefined);
  }

  function onAbsent(state: WebhookConfiguration | undefined): void {
    note([]);
    setProblem(
      'write',
      state === undefined
        ? `the MutatingWebhookConfiguration "${configurationName}" does not exist: install or upgrade the chart, which makes it`
        : `the MutatingWebhookConfiguration "${configurationName}" has no webhooks: install or upgrade the chart, which fills it`,
    );
  }

  /** Logged when it changes, not at every try. */
  function setProblem(part: 'write' | 'watch', problem: string | undefined): void {
    if (problem === problems[part]) return;
    problems = { ...problems, [part]: problem };
    if (problem !== undefined) log.warn({ configuration: configurationName, problem }, 'CA bundle not in order');
    else log.info({ configuration: configurationName }, 'CA bundle in order again');
  }

  async function writeLoop(signal: AbortSignal): Promise<void> {
    for (let failures = 0; ; ) {
      await wake.raised(signal);
      if (signal.aborted) return;
      try {
        await write();
        failures = 0;
      } catch (error) {
        const conflict = error instanceof KubeError && error.code === 'cluster-conflict';
        if (!conflict) setProblem('write', errorLine(error));
        await clock.sleep(backOff(failures, conflict ? CONFLICT : paceAfterError(error), random), signal);
        failures += 1;
        wake.raise();
      }
      const pause = paceAfter(writes, clock.elapsed(), random);
      if (pause === 0) continue;
      log.warn({ configuration: configurationName, pauseMilliseconds: pause }, 'somebody else keeps changing the CA bundle');
      await clock.sleep(pause, signal);
    }
  }

  function onGone(fingerprints: readonly string[]): void {
    for (const fingerprint of fingerprints) gone.add(fingerprint);
    wake.raise();
  }

  return {
    publish(issued) {
      proofs.follow(issued);
      wake.raise();
    },
    trusts: (issued) => proofs.trusts(issued),
    waitingFor(issued) {
      const why = proofs.why(issued);
      const waiting = `waiting for the API server to show our CA in caBundle of "${configurationName}" for ${SETTLE / 1000} s`;
      return problems.write ?? problems.watch ?? (why === undefined ? waiting : `${waiting}: ${why}`);
    },
    run: async (signal) => {
      const onProblem = (error: unknown) => setProblem('watch', error === undefined ? undefined : errorLine(error));
      const onBegin = () => {
        news = undefined;
        wake.raise();
      };
      const entries = () => foreignEntries(seen, { namespace, podName });
      await Promise.all([
        writeLoop(signal),
        watchConfiguration({ ...options, onBegin, onState, onProblem }, signal),
        prune({ ...options, entries, onGone }, signal),
      ]);
    },
  };
}
