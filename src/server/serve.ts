import { networkInterfaces } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Verdict } from '../admission/verdict.ts';
import type { WorkloadRequest } from '../admission/workload-review.ts';
import { createApp, createMetricsApp } from '../app.ts';
import type { CallersCa } from '../tls/callers-ca.ts';
import type { CertificateSource } from '../tls/source.ts';
import type { Advice } from './advise.ts';
import type { Metrics } from './metrics.ts';
import { secureContext } from './secure-context.ts';

export interface ServeDependencies {
  readonly port: number;
  readonly metricsPort: number;
  /** Milliseconds to go on serving while not ready. */
  readonly drain: number;
  readonly source: CertificateSource;
  readonly mutate: (pod: unknown, namespace: string) => Verdict | Promise<Verdict>;
  readonly advise: (workload: WorkloadRequest) => Promise<Advice>;
  /** Who may ask, by client certificate; absent: anybody who reaches the port. */
  readonly callers?: { readonly ca: CallersCa; readonly names: readonly string[] } | undefined;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** The API server gives up on a call after 10 s; the chart's grace period is 25 s longer than the drain. */
const LAST_CALLS = 12_000;

/** Listens on both ports; `stop` drains: not ready at once, still serving for `drain`, then closed. */
export async function serve(dependencies: ServeDependencies): Promise<{ stop(): Promise<void> }> {
  const { port, metricsPort, drain, source, callers, mutate, advise, metrics, log } = dependencies;
  let stopping = false;
  let swap: () => void = () => undefined;
  let authorities = await callers?.ca.start((renewed) => {
    authorities = renewed;
    swap();
  });
  let certificate = await source.start((renewed) => {
    certificate = renewed;
    swap();
    metrics.certificate(renewed.notAfter);
    log.info({ notAfter: renewed.notAfter }, 'certificate renewed');
  });
  metrics.certificate(certificate.notAfter);
  const notReady = () => (stopping ? 'the server is stopping' : source.notReady());
  metrics.readiness(() => notReady() === undefined);

  const app = createApp({
    certificate,
    mutate,
    advise,
    metrics,
    log,
    notReady,
    stopping: () => stopping,
    callers: callers && { names: callers.names, authorities: () => authorities ?? [] },
  });
  swap = () => app.server.setSecureContext(secureContext(certificate, authorities));
  const metricsApp = createMetricsApp(metrics);
  const host = everyAddress();
  await app.listen({ host, port });
  await metricsApp.listen({ host, port: metricsPort });
  log.info(
    { port, metricsPort, certificateExpires: certificate.notAfter, callers: callers ? 'with a client certificate' : 'anybody' },
    'listening',
  );

  return {
    async stop() {
      stopping = true;
      log.info({ drainMilliseconds: drain }, 'stopping');
      await wait(drain);
      // Closing waits for calls under way, and one whose body never arrives would hold it up for ever.
      const late = setTimeout(() => app.server.closeAllConnections(), LAST_CALLS).unref();
      await Promise.all([app.close(), metricsApp.close(), source.stop(), callers?.ca.stop()]);
      clearTimeout(late);
      log.info({}, 'stopped');
    },
  };
}

/** Every address: `::` takes IPv4 calls too, but a kernel with IPv6 switched off refuses it. */
function everyAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((found) => found ?? []);
  return addresses.some(({ family }) => family === 'IPv6') ? '::' : '0.0.0.0';
}
