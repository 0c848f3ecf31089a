import { readFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import { mutatePod } from './admission/mutate-pod.ts';
import { AppError, errorLine } from './common/errors.ts';
import { createLogger } from './common/logger.ts';
import { decisionSettings } from './config/decision-settings.ts';
import { loadConfig, type WebhookConfig } from './config/load.ts';
import { parseSettings, type Settings } from './config/settings.ts';
import { createMetrics } from './server/metrics.ts';
import { serve } from './server/serve.ts';
import { fileSource } from './tls/file-source.ts';
import type { CertificateSource } from './tls/source.ts';

async function main(): Promise<void> {
  const config = loadConfig(process.env);
  const log = createLogger(config.logLevel);
  const settings = await readSettings(config.settingsFile);
  let decision = decisionSettings(settings);
  const source = await openSource(config, log, (minor) => {
    decision = decisionSettings(settings, minor);
  });
  const server = await serve({
    ...config,
    source,
    log,
    metrics: createMetrics(),
    mutate: (pod, namespace) => mutatePod(pod, namespace, decision),
  });

  const stop = () => void server.stop().then(() => process.exit(0), fail);
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

async function readSettings(file: string | undefined): Promise<Settings> {
  const text =
    file === undefined
      ? ''
      : await readFile(file, 'utf8').catch((cause) => {
          throw new AppError('settings', `KEYFIRST_SETTINGS names ${file}, which cannot be read`, { cause });
        });
  const result = parseSettings(text);
  if (result.ok) return result.settings;
  throw new AppError('settings', `the settings file ${file} is not valid:\n${result.problems.map((problem) => `- ${problem}`).join('\n')}`);
}

/** Files need no cluster; the self-made certificate does, and only then is the Kubernetes client loaded. */
async function openSource({ certificates }: WebhookConfig, log: Logger, onVersion: (minor: number) => void): Promise<CertificateSource> {
  if (certificates.mode === 'files') return fileSource({ ...certificates, log });
  const [{ connect }, { learnVersion }, { selfMadeSource }] = await Promise.all([
    import('./kube/client.ts'),
    import('./kube/learn-version.ts'),
    import('./tls/self-made-source.ts'),
  ]);
  const cluster = connect();
  void learnVersion(cluster, log).then(onVersion);
  return selfMadeSource({ ...certificates, configurations: cluster, log });
}

function fail(error: unknown): never {
  process.stderr.write(`keyfirst webhook: ${error instanceof AppError && error.cause === undefined ? error.message : errorLine(error)}\n`);
  process.exit(1);
}

await main().catch(fail);
