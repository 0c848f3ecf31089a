import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { CHART } from '../../scripts/helm.ts';
import { type Cluster, clusterUnderTest } from './cluster.ts';
import { DOLLAR_AUTH_PATH, SECRETS } from './e2e-values.ts';
import { type ClusterVault, callVault, startClusterVault, trustCluster, type VaultAccess } from './e2e-vault.ts';
import { kubectl, must, run } from './kubectl.ts';

/** What every end-to-end test finds prepared. */
export interface EndToEnd {
  readonly cluster: Cluster;
  /** The Vault of the stores' default settings; undefined where there is none, and why in `noVault`. */
  readonly vault: VaultAccess | undefined;
  readonly noVault: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    e2e: EndToEnd;
  }
}

/** Namespaces whose service account `shop` Vault trusts; a test file has one or more of its own. */
export const TRUSTED = [
  'kf-delivery',
  'kf-shapes',
  'kf-host',
  'kf-failures',
  'kf-outage',
  'kf-again',
  'kf-canary',
  'kf-untouched',
  'kf-webhook',
  'kf-stores',
  'kf-env',
  'kf-env-gates',
  'kf-env-typed',
  'kf-env-settings',
  'kf-upgrade',
  'kf-callers',
  'kf-soak',
];

export const SYSTEM = 'keyfirst-system';
export const RELEASE = 'keyfirst';

/** Starts Vault, sets it up, installs the chart as the README says, and waits until the webhook is ready. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cluster = clusterUnderTest(process.env);
  const begun = performance.now();
  const [vault] = await Promise.all([setUpVault(cluster), install(cluster)]);
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  process.stdout.write(`end-to-end: ${vault === undefined ? 'no Vault' : 'Vault'} and chart ready after ${seconds} s\n`);
  const noVault = 'no Vault that pods can reach: set KEYFIRST_E2E_VAULT_ADDR and KEYFIRST_E2E_VAULT_TOKEN to a throw-away one';
  const access = vault === undefined ? undefined : { address: vault.address, token: vault.token };
  project.provide('e2e', { cluster, vault: access, noVault });
  return async () => {
    if (vault !== undefined && 'stop' in vault) await vault.stop();
    // A cluster of ours dies with everything in it.
    if (cluster.folder !== undefined) return;
    await run('helm', ['uninstall', RELEASE, '-n', SYSTEM, '--wait']);
    await run('kubectl', ['delete', 'namespace', SYSTEM, ...TRUSTED, '--ignore-not-found', '--wait=false']);
    await run('kubectl', ['delete', 'clusterrolebinding', 'keyfirst-e2e-vault-reviewer', '--ignore-not-found']);
    await run('kubectl', ['delete', 'serviceaccount', 'vault-reviewer', '-n', 'default', '--ignore-not-found']);
  };
}

/** Where pods reach the Vault of the stores' default settings. */
function vaultAddress({ vault, host }: Cluster): string {
  return vault?.address ?? `http://${host === undefined ? 'vault.invalid' : 'host.test'}:8200`;
}

async function setUpVault(cluster: Cluster): Promise<ClusterVault | VaultAccess | undefined> {
  const { folder, host } = cluster;
  const vault = cluster.vault ?? (folder === undefined || host === undefined ? undefined : await startOwn(folder, host));
  if (vault === undefined) return undefined;
  await createReviewer();
  const policy = [
    'path "secret/data/*" { capabilities = ["read"] }',
    'path "secret/data/private/*" { capabilities = ["deny"] }',
    'path "kv1/*" { capabilities = ["read"] }',
  ].join('\n');
  const roles = { shop: { serviceAccount: 'shop', namespaces: TRUSTED, policy } };
  await trustCluster(vault, 'kubernetes', cluster.apiServer, roles);
  await trustCluster(vault, DOLLAR_AUTH_PATH, cluster.apiServer, roles);
  if (cluster.vault === undefined) await callVault(vault, 'POST', 'sys/mounts/secret', { type: 'kv', options: { version: '2' } });
  await callVault(vault, 'POST', 'sys/mounts/kv1', { type: 'kv', options: { version: '1' } });
  await callVault(vault, 'POST', 'kv1/legacy/db', { password: 'from version 1' });
  await putSecrets(vault);
  return vault;
}

/** Writes `SECRETS`; a fresh KV engine of version 2 refuses for a moment while it upgrades itself. */
async function putSecrets(vault: VaultAccess): Promise<void> {
  for (const [path, data] of Object.entries(SECRETS)) await putSecret(vault, path, data);
}

export async function putSecret(vault: VaultAccess, path: string, data: object): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await callVault(vault, 'POST', `secret/data/${path}`, { data });
      return;
    } catch (error) {
      if (tries === 50 || !String(error).includes('pgrad')) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** Starts a Vault of our own on the node of a cluster from `test/cluster`. */
export function startOwn(folder: string, host: string): Promise<ClusterVault> {
  const own = join(folder, 'vault');
  mkdirSync(own, { recursive: true });
  return startClusterVault({ folder: own, log: join(folder, 'log/vault'), host, port: 8200 });
}

/** The service account by which Vault asks the API server whether a token is good. */
export async function createReviewer(): Promise<void> {
  await kubectl('create', 'serviceaccount', 'vault-reviewer', '-n', 'default');
  await kubectl(
    'create',
    'clusterrolebinding',
    'keyfirst-e2e-vault-reviewer',
    '--clusterrole=system:auth-delegator',
    '--serviceaccount=default:vault-reviewer',
  );
}

/** Installs the chart as the README says and waits until the webhook is ready; throws with what its pods say. */
export async function install(cluster: Cluster): Promise<void> {
  const image = (reference: string) => {
    const colon = reference.lastIndexOf(':');
    return { repository: reference.slice(0, colon), tag: reference.slice(colon + 1) };
  };
  const values = {
    webhook: { image: image(cluster.images.webhook) },
    injector: { image: image(cluster.images.injector) },
    settings: { stores: { vault: { address: vaultAddress(cluster), role: 'shop', audience: 'vault' } } },
  };
  const args = ['install', RELEASE, CHART, '--namespace', SYSTEM, '--create-namespace', '--values', '-', '--wait', '--timeout', '2m'];
  try {
    await must('helm', args, JSON.stringify(values));
  } catch (error) {
    const { stdout } = await run('kubectl', ['describe', 'pods', '-n', SYSTEM]);
    const logs = await run('kubectl', [
      'logs',
      '-n',
      SYSTEM,
      '--all-containers',
      '--prefix',
      '-l',
      `app.kubernetes.io/instance=${RELEASE}`,
    ]);
    throw new Error(`the chart was not installed\n${stdout}\n${logs.stdout}${logs.stderr}`, { cause: error });
  }
}
