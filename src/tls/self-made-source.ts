import { AppError, errorLine } from '../common/errors.ts';
import type { Pods } from '../kube/pods.ts';
import type { WebhookConfigurations } from '../kube/webhook-configurations.ts';
import { type IssuedCertificate, issueCertificate } from './authority.ts';
import { createCaPublisher } from './ca-publisher.ts';
import { type Clock, systemClock } from './clock.ts';
import { renewAt, renewalReason } from './renewal.ts';
import type { CertificateSource } from './source.ts';
import type { SourceLog } from './source-log.ts';

export interface SelfMadeOptions {
  readonly configurationName: string;
  readonly service: string;
  readonly namespace: string;
  readonly podName: string;
  readonly configurations: WebhookConfigurations;
  /** Tells whose CAs may leave the bundle. */
  readonly pods: Pods;
  readonly log: SourceLog;
  /** Milliseconds; a certificate is renewed after two thirds of it. */
  readonly lifetime: number;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/**
 * Timers stand still while a machine sleeps and know nothing of a clock that is put right: look again at least this often. One
 * that nobody trusts yet is looked at all the time: the first answer of an API server may tell that our clock is wrong.
 */
const LONGEST_SLEEP = 60_000;
/** How often to ask whether the next CA is trusted by now. */
const TRUST_POLL = 500;

/**
 * Certificates without a Secret: every replica makes its own CA and leaf in memory and adds the CA to `caBundle` of the
 * one webhook configuration. A renewal makes a new CA too; the new leaf is served only when the API server trusts it, and
 * the old CA leaves the bundle only after that, so no call ever meets a certificate it cannot check.
 */
export function selfMadeSource(options: SelfMadeOptions): CertificateSource {
  const { podName, service, namespace, log, lifetime, clock = systemClock, random = Math.random } = options;
  const publisher = createCaPublisher({ ...options, clock, random });
  const stopping = new AbortController();
  let current: IssuedCertificate | undefined;
  let work: Promise<unknown> = Promise.resolve();

  const now = () => new Date(clock.now());
  const issue = () => issueCertificate({ podName, service, namespace, now: now(), lifetime });

  /** Undefined when the new certificate grew old before anybody trusted it, or we stop. */
  async function replacement(serving: IssuedCertificate): Promise<IssuedCertificate | undefined> {
    const next = await issue();
    publisher.publish([serving, next]);
    while (!publisher.trusts(next) && renewalReason(next, now()) === undefined && !stopping.signal.aborted) {
      await clock.sleep(TRUST_POLL, stopping.signal);
    }
    return publisher.trusts(next) ? next : undefined;
  }

  async function renew(first: IssuedCertificate, onChange: Parameters<CertificateSource['start']>[0]): Promise<void> {
    for (let serving = first; !stopping.signal.aborted; ) {
      const rest = publisher.trusts(serving) ? renewAt(serving).getTime() - clock.now() : 0;
      await clock.sleep(Math.min(Math.max(rest, TRUST_POLL), LONGEST_SLEEP), stopping.signal);
      const reason = renewalReason(serving, now());
      if (reason === undefined || stopping.signal.aborted) continue;
      try {
        log.info({ reason, notAfter: serving.notAfter }, 'renewing the certificate');
        const next = await replacement(serving);
        if (next === undefined) continue;
        onChange(next);
        serving = next;
        current = next;
        publisher.publish([next]);
      } catch (error) {
        log.warn({ error: errorLine(error) }, 'renewal failed; the certificate in use stays');
      }
    }
  }

  return {
    async start(onChange) {
      if (current !== undefined) throw new AppError('certificate-started', 'the certificate source is started already');
      current = await issue();
      publisher.publish([current]);
      work = Promise.all([publisher.run(stopping.signal), renew(current, onChange)]);
      return current;
    },
    notReady() {
      if (current === undefined) return 'the certificate is not made yet';
      const reason = renewalReason(current, now());
      if (reason === 'expired' || reason === 'not-yet-valid')
        return `the certificate is ${reason} and its successor is not trusted yet: ${publisher.waitingFor(current)}`;
      return publisher.trusts(current) ? undefined : publisher.waitingFor(current);
    },
    async stop() {
      stopping.abort();
      await work;
    },
  };
}
