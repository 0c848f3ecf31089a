import { SYSTEM } from './e2e-setup.ts';
import { get, kubectl, type Manifest } from './kubectl.ts';

const DEPLOYMENT = 'deployment/keyfirst';
const METRICS_PORT = 9090;

/** The webhook's pods that are ready. */
export async function webhookPods(): Promise<Manifest[]> {
  const { items } = await get('pods', '-n', SYSTEM, '-l', 'app.kubernetes.io/name=keyfirst');
  return (items as Manifest[]).filter(
    ({ metadata, status }) =>
      metadata.deletionTimestamp === undefined &&
      status.conditions?.some(({ type, status: value }: Manifest) => type === 'Ready' && value === 'True'),
  );
}

/** The metrics text of one replica, by way of the API server. */
export function metricsOf({ metadata }: Manifest): Promise<string> {
  return kubectl('get', '--raw', `/api/v1/namespaces/${SYSTEM}/pods/${metadata.name}:${METRICS_PORT}/proxy/metrics`);
}

/** Admission reviews that one replica has answered, whatever the answer. */
export async function admissionsOf(pod: Manifest): Promise<number> {
  const counts = (await metricsOf(pod)).matchAll(/^keyfirst_admissions_total\{.*\} (\d+)$/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

/** Those that all replicas together have answered. */
export async function admissionsSeen(): Promise<number> {
  const counts = await Promise.all((await webhookPods()).map(admissionsOf));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Logs of all replicas. */
export async function webhookLogs(): Promise<string> {
  const logs = (await webhookPods()).map(({ metadata }) => kubectl('logs', '-n', SYSTEM, metadata.name));
  return (await Promise.all(logs)).join('');
}

/** Scales the webhook and waits until so many replicas, and no others, are there. */
export async function scaleWebhook(replicas: number): Promise<void> {
  await kubectl('scale', '-n', SYSTEM, DEPLOYMENT, `--replicas=${replicas}`);
  if (replicas > 0) await kubectl('rollout', 'status', '-n', SYSTEM, DEPLOYMENT, '--timeout=120s');
  else await kubectl('wait', '-n', SYSTEM, '--for=delete', 'pod', '-l', 'app.kubernetes.io/name=keyfirst', '--timeout=60s');
}

/** Replaces every replica as an upgrade would. */
export async function restartWebhook(): Promise<void> {
  await kubectl('rollout', 'restart', '-n', SYSTEM, DEPLOYMENT);
  await kubectl('rollout', 'status', '-n', SYSTEM, DEPLOYMENT, '--timeout=120s');
}
