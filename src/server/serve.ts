import { networkInterfaces } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Decision } from '../admission/decide.ts';
import { createApp, createMetricsApp } from '../app.ts';
import type { CertificateSource } from '../tls/source.ts';
import type { Metrics } from './metrics.ts';

export interface ServeDependencies {
  readonly port: number;
  readonly metricsPort: number;
  /** Milliseconds to go on serving while not ready. */
  readonly drain: number;
  readonly source: CertificateSource;
  readonly mutate: (pod: unknown, namespace: string) => Decision | Promise<Decision>;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** Listens on both ports; `stop` drains: not ready at once, still serving for `drain`, then closed. */
export async function serve(dependencies: ServeDependencies): Promise<{ stop(): Promise<void> }> {
  const { port, metricsPort, drain, source, mutate, metrics, log } = dependencies;
  let stopping = false;
  let renew: Parameters<CertificateSource['start']>[0] = () => undefined;
  const certificate = await source.start((renewed) => renew(renewed));
  metrics.certificate(certificate.notAfter);

  const app = createApp({
    certificate,
    mutate,
    metrics,
    log,
    notReady: () => (stopping ? 'the server is stopping' : source.notReady()),
    stopping: () => stopping,
  });
  renew = ({ certificate: cert, key, notAfter }) => {
    app.server.setSecureContext({ cert, key, minVersion: 'TLSv1.2' });
    metrics.certificate(notAfter);
    log.info({ notAfter }, 'certificate renewed');
  };
  const metricsApp = createMetricsApp(metrics);
  const host = everyAddress();
  await app.listen({ host, port });
  await metricsApp.listen({ host, port: metricsPort });
  log.info({ port, metricsPort, certificateExpires: certificate.notAfter }, 'listening');

  return {
    async stop() {
      stopping = true;
      log.info({ drainMilliseconds: drain }, 'stopping');
      await wait(drain);
      await Promise.all([app.close(), metricsApp.close(), source.stop()]);
      log.info({}, 'stopped');
    },
  };
}

/** Every address: `::` takes IPv4 calls too, but a kernel with IPv6 switched off refuses it. */
function everyAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((found) => found ?? []);
  return addresses.some(({ family }) => family === 'IPv6') ? '::' : '0.0.0.0';
}
