import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The chart's folder. */
export const CHART = join(import.meta.dirname, '../charts/keyfirst');

/** Path of the Helm that `npm run cluster` prepares, so that everybody renders with the same version; undefined when there is none. */
export function findHelm(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const path = join(env.CLUSTER_CACHE ?? join(homedir(), '.cache/keyfirst-cluster'), 'bin/helm');
  return existsSync(path) ? path : undefined;
}

/**
 * What `helm template` prints. `values` are paths of files, or one object; `kubeVersion` the cluster's, without it the one that
 * Helm was built for. Throws with Helm's own message.
 */
export function helmTemplate(
  helm: string,
  release: string,
  namespace: string,
  values: readonly string[] | object,
  kubeVersion?: string,
): string {
  const cluster = kubeVersion === undefined ? [] : ['--kube-version', kubeVersion];
  const files = Array.isArray(values) ? values.flatMap((file) => ['--values', file]) : ['--values', '-'];
  const input = Array.isArray(values) ? '' : JSON.stringify(values);
  return execFileSync(helm, ['template', release, CHART, '--namespace', namespace, ...cluster, ...files], {
    encoding: 'utf8',
    input,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}
