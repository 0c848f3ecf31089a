import { errorLine } from '../common/errors.ts';
import { KubeError } from '../kube/kube-error.ts';
import type { WebhookConfiguration, WebhookConfigurations } from '../kube/webhook-configurations.ts';
import { backOff, paceAfter } from './back-off.ts';
import { bundleHolds, mergeCaBundle } from './ca-bundle.ts';
import type { Clock } from './clock.ts';
import type { SourceLog } from './source-log.ts';
import { isTrusted, nextTrust, type Trust } from './trust.ts';
import { createWake } from './wake.ts';

export interface PublisherOptions {
  readonly configurationName: string;
  readonly podName: string;
  readonly configurations: WebhookConfigurations;
  readonly log: SourceLog;
  readonly clock: Clock;
  readonly random: () => number;
}

export interface CaPublisher {
  /** From now on every `caBundle` of the configuration is to hold exactly these of our CAs (PEM). */
  publish(certificates: readonly string[]): void;
  trusts(certificate: string): boolean;
  /** Why a CA is not trusted yet, in words. */
  waitingFor(): string;
  /** Works until `signal` aborts; never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

/** Short: a replica that started while the API server was away should be of use soon after its return. */
const RETRY = { base: 100, most: 2_000 };
const CONFLICT = { base: 20, most: 1_000 };
/**
 * Keeps our CAs in `caBundle`: one loop watches the configuration and notes what it shows, the other writes when the watch
 * saw a bundle that is not as it should be. Whoever wipes or breaks a bundle is answered by the next event.
 */
export function createCaPublisher({ configurationName, podName, configurations, log, clock, random }: PublisherOptions): CaPublisher {
  const wake = createWake();
  let own: ReadonlyMap<string, Trust> = new Map();
  let problems: { write?: string | undefined; watch?: string | undefined } = {};
  let writes: number[] = [];

  const merged = ({ caBundles }: WebhookConfiguration) =>
    caBundles.map((bundle) => mergeCaBundle(bundle, { podName, certificates: [...own.keys()] }, new Date(clock.now())));

  function onState(state: WebhookConfiguration | undefined): void {
    setProblem('watch', undefined);
    const bundles = state?.caBundles ?? [];
    const shown = (certificate: string) => bundles.length > 0 && bundles.every((bundle) => bundleHolds(bundle, certificate));
    own = new Map([...own].map(([certificate, trust]) => [certificate, nextTrust(trust, shown(certificate), clock.now())]));
    if (state === undefined || merged(state).some(({ changed }) => changed)) wake.raise();
  }

  /** Reads the object afresh, because the watch may be behind, and writes only if there is something to change. */
  async function write(): Promise<void> {
    const state = await configurations.get(configurationName);
    if (state === undefined || state.caBundles.length === 0) {
      onAbsent(state);
      return;
    }
    const results = merged(state);
    if (results.some(({ changed }) => changed)) {
      const caBundles = results.map(({ bundle }) => bundle);
      await configurations.patchCaBundles(configurationName, { resourceVersion: state.resourceVersion, caBundles });
      writes = [...writes.slice(-99), clock.now()];
      log.info({ configuration: configurationName, dropped: results.map(({ dropped }) => dropped) }, 'CA bundle written');
    }
    setProblem('write', undefined);
  }

  function onAbsent(state: WebhookConfiguration | undefined): void {
    own = new Map([...own].map(([certificate, trust]) => [certificate, nextTrust(trust, false, clock.now())]));
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
        await clock.sleep(backOff(failures, conflict ? CONFLICT : RETRY, random), signal);
        failures += 1;
        wake.raise();
      }
      const pause = paceAfter(writes, clock.now(), random);
      if (pause === 0) continue;
      log.warn({ configuration: configurationName, pauseMilliseconds: pause }, 'somebody else keeps changing the CA bundle');
      await clock.sleep(pause, signal);
    }
  }

  async function watchLoop(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      const started = clock.now();
      try {
        // The watch is silent about an object that does not exist; the writer's read is not.
        wake.raise();
        await configurations.watch(configurationName, onState, signal);
        setProblem('watch', undefined);
        failures = clock.now() - started >= RETRY.most ? 0 : failures + 1;
      } catch (error) {
        setProblem('watch', errorLine(error));
        failures += 1;
      }
      if (failures > 0) await clock.sleep(backOff(failures, RETRY, random), signal);
    }
  }

  return {
    publish(certificates) {
      own = new Map(certificates.map((certificate) => [certificate, own.get(certificate)]));
      wake.raise();
    },
    trusts: (certificate) => isTrusted(own.get(certificate), clock.now()),
    waitingFor: () =>
      problems.write ?? problems.watch ?? `waiting for the API server to show our CA in caBundle of "${configurationName}" for 2 s`,
    run: async (signal) => {
      await Promise.all([writeLoop(signal), watchLoop(signal)]);
    },
  };
}
