import { readFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import { mutatePod } from './admission/mutate-pod.ts';
import { rememberDecisions } from './admission/remember-decisions.ts';
import { AppError, errorLine } from './common/errors.ts';
import { createLogger } from './common/logger.ts';
import { decisionSettings, type Learnt } from './config/decision-settings.ts';
import { loadConfig, type WebhookConfig } from './config/load.ts';
import { parseSettings, type Settings } from './config/settings.ts';
import type { ServiceAccountIdentities } from './kube/service-accounts.ts';
import { admit } from './server/admit.ts';
import { advise } from './server/advise.ts';
import { createMetrics } from './server/metrics.ts';
import { serve } from './server/serve.ts';
import { callersCa } from './tls/callers-ca.ts';
import { systemClock } from './tls/clock.ts';
import { fileSource } from './tls/file-source.ts';
import type { CertificateSource } from './tls/source.ts';

async function main(): Promise<void> {
  // From the first line on: a container's first process does not hear signals that it has no handler for.
  let stop: () => void = () => process.exit(0);
  let signalled = false;
  const onSignal = () => {
    if (!signalled) stop();
    signalled = true;
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);

  const config = loadConfig(process.env);
  const log = createLogger(config.logLevel);
  const settings = await readSettings(config.settingsFile);
  let decision = decisionSettings(settings);
  const { source, accounts } = await openCluster(config, settings, log, (learnt) => {
    decision = decisionSettings(settings, learnt);
  });
  const verdictOnPod = rememberDecisions(mutatePod);
  const metrics = createMetrics();
  if (accounts !== undefined) metrics.serviceAccounts(() => accounts.state());
  const server = await serve({
    ...config,
    source,
    callers: config.callers && { ca: callersCa({ file: config.callers.caFile, log }), names: config.callers.names },
    log,
    metrics,
    mutate: (pod, namespace) => admit(pod, namespace, decision, accounts, verdictOnPod),
    advise: (workload) => advise(workload, decision, accounts),
  });

  stop = () => void Promise.all([server.stop(), accounts?.stop()]).then(() => process.exit(0), fail);
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

/**
 * What is taken from the cluster. Only where something is, the Kubernetes client is loaded: certificate files on a machine
 * outside a cluster need none.
 */
async function openCluster(
  { certificates, inCluster }: WebhookConfig,
  settings: Settings,
  log: Logger,
  onLearnt: (learnt: Learnt) => void,
): Promise<{ source: CertificateSource; accounts?: ServiceAccountIdentities }> {
  const readsAccounts = settings.identity.serviceAccounts && (inCluster || certificates.mode === 'self');
  const trustedBy = certificates.mode === 'files' && inCluster ? certificates.trustedBy : undefined;
  if (certificates.mode === 'files' && !readsAccounts && trustedBy === undefined) return { source: fileSource({ ...certificates, log }) };
  const [{ connect }, { learnCluster }, { selfMadeSource }, { serviceAccountIdentities }, { configurationTrust }] = await Promise.all([
    import('./kube/client.ts'),
    import('./kube/learn-cluster.ts'),
    import('./tls/self-made-source.ts'),
    import('./kube/service-accounts.ts'),
    import('./tls/configuration-trust.ts'),
  ]);
  const cluster = connect((minutes) =>
    log.warn(
      { minutesAhead: minutes },
      "this machine's clock is wrong: certificates go by the API server's; put it right, because tokens and stores go by it, too",
    ),
  );
  const clock = { ...systemClock, now: () => cluster.now() };
  void learnCluster(cluster, log, onLearnt);
  const source =
    certificates.mode === 'files'
      ? fileSource({
          ...certificates,
          trust: trustedBy && configurationTrust({ ...trustedBy, configurations: cluster, log, clock }),
          log,
          clock,
        })
      : selfMadeSource({ ...certificates, configurations: cluster, pods: cluster, log, clock });
  return readsAccounts ? { source, accounts: serviceAccountIdentities(cluster, log) } : { source };
}

function fail(error: unknown): never {
  process.stderr.write(`keyfirst webhook: ${error instanceof AppError && error.cause === undefined ? error.message : errorLine(error)}\n`);
  process.exit(1);
}

await main().catch(fail);
