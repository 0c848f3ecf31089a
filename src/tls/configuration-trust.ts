import { errorLine } from '../common/errors.ts';
import { KubeError } from '../kube/kube-error.ts';
import type { WebhookConfigurations } from '../kube/webhook-configurations.ts';
import { type Clock, systemClock } from './clock.ts';
import type { ServingCertificate } from './source.ts';
import type { SourceLog } from './source-log.ts';
import { SETTLE } from './trust.ts';
import { trustProofs } from './trust-proofs.ts';
import { watchConfiguration } from './watch-configuration.ts';

/** Which configuration sends calls to us, and to which Service. */
export interface ConfigurationTrustOptions {
  readonly configurationName: string;
  readonly service: string;
  readonly namespace: string;
  readonly configurations: WebhookConfigurations;
  readonly log: SourceLog;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/** Tells whether the API server would accept a certificate that somebody else made and somebody else put into `caBundle`. */
export interface ConfigurationTrust {
  /** Why it would not accept the certificate in use, and what to do, or undefined when it would or nobody can tell. */
  notReady(current: ServingCertificate): string | undefined;
  /** Why `next` should not replace `current` yet; asks for as long as API servers need to see a new bundle. */
  whyNotYet(current: ServingCertificate, next: ServingCertificate, signal: AbortSignal): Promise<string | undefined>;
  /** Works until `signal` aborts; never rejects. */
  run(current: ServingCertificate, signal: AbortSignal): Promise<void>;
}

/** Where our own calls do not get through, those of the API server may: after so long it is for them to tell. */
const PATIENCE = 30_000;

const ADVICE =
  'put the CA that signed it there: with files by certificates.files.caBundle; with cert-manager its CA injector does it, so see its log and `kubectl describe certificate`';

/** What cannot be read proves nothing: without the right, or with no answer for half a minute, the certificate is served unproved. */
export function configurationTrust(options: ConfigurationTrustOptions): ConfigurationTrust {
  const { configurationName, service, namespace, configurations, log, clock = systemClock, random = Math.random } = options;
  const proofs = trustProofs<ServingCertificate>(`${service}.${namespace}.svc`, clock);
  let state: 'unread' | 'present' | 'absent' = 'unread';
  let problem: { readonly text: string; readonly denied: boolean } | undefined;
  let started = clock.elapsed();

  function onProblem(error: unknown): void {
    const text = error === undefined ? undefined : errorLine(error);
    if (text !== undefined && text !== problem?.text)
      log.warn({ configuration: configurationName, problem: text }, 'cannot check whether the API server accepts the certificate');
    problem = text === undefined ? undefined : { text, denied: error instanceof KubeError && error.code === 'cluster-denied' };
  }

  const unproved = () => state === 'unread' && (problem?.denied === true || clock.elapsed() - started >= PATIENCE);

  return {
    notReady(current) {
      if (unproved() || proofs.trusts(current)) return undefined;
      if (state === 'unread') return problem?.text ?? `reading caBundle of "${configurationName}"`;
      if (state === 'absent')
        return `the MutatingWebhookConfiguration "${configurationName}" does not exist, or has no webhooks: install or upgrade the chart, which makes it`;
      const why = proofs.why(current);
      return why === undefined
        ? `waiting for every API server to see caBundle of "${configurationName}" for ${SETTLE / 1000} s`
        : `the API server would refuse our certificate by caBundle of "${configurationName}": ${why}; ${ADVICE}`;
    },
    async whyNotYet(current, next, signal) {
      proofs.follow([current, next]);
      const better = () => state !== 'present' || proofs.trusts(next) || proofs.why(current) !== undefined;
      // A timer may wake a moment early.
      if (!better()) await clock.sleep(SETTLE + 50, signal);
      if (!better()) return `the API server would refuse the new certificate by caBundle of "${configurationName}": ${proofs.why(next)}`;
      proofs.follow([next]);
      return undefined;
    },
    async run(current, signal) {
      started = clock.elapsed();
      proofs.follow([current]);
      const onState = (found: Awaited<ReturnType<WebhookConfigurations['get']>>) => {
        onProblem(undefined);
        state = found === undefined || found.caBundles.length === 0 ? 'absent' : 'present';
        proofs.note(found?.caBundles ?? []);
      };
      // The watch is silent about an object that does not exist; a read is not.
      const readAndWatch: Pick<WebhookConfigurations, 'watch'> = {
        async watch(name, tell, until) {
          tell(await configurations.get(name));
          await configurations.watch(name, tell, until);
        },
      };
      const onBegin = () => undefined;
      await watchConfiguration({ configurationName, configurations: readAndWatch, clock, random, onBegin, onState, onProblem }, signal);
    },
  };
}
