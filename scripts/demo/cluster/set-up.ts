import type { Cluster } from '../../../test/support/cluster.ts';
import { createReviewer, install, putSecret, RELEASE, SYSTEM, startOwn } from '../../../test/support/e2e-setup.ts';
import { callVault, trustCluster, type VaultAccess } from '../../../test/support/e2e-vault.ts';
import { run } from '../../../test/support/kubectl.ts';
import { NAMESPACE, type Secrets, secrets } from './story.ts';

export interface ClusterStage {
  /** What the Vault holds, once it and the chart are ready. */
  readonly ready: Promise<Secrets>;
  /** Removes everything from the cluster again. */
  readonly clear: () => Promise<void>;
}

/** Puts a real Vault and the chart beside one another, as a platform team would have them. */
export function setUp(cluster: Cluster): ClusterStage {
  let stop = async () => {};
  const vault = async (made: Secrets) => {
    const access = await open(cluster, (end) => (stop = end));
    const policy = 'path "secret/data/shop/*" { capabilities = ["read"] }';
    await createReviewer();
    await trustCluster(access, 'kubernetes', cluster.apiServer, {
      shop: { serviceAccount: 'shop', namespaces: [NAMESPACE], policy },
    });
    for (const [path, data] of Object.entries(made.vault)) await putSecret(access, path, data);
  };
  const made = secrets();
  return {
    ready: Promise.all([vault(made), install(cluster)]).then(() => made),
    async clear() {
      await stop();
      // A cluster of ours dies with everything in it.
      if (cluster.folder !== undefined) return;
      await run('kubectl', ['delete', 'namespace', NAMESPACE, '--ignore-not-found']);
      await run('helm', ['uninstall', RELEASE, '-n', SYSTEM, '--wait']);
      await run('kubectl', ['delete', 'namespace', SYSTEM, '--ignore-not-found']);
      await run('kubectl', ['delete', 'clusterrolebinding', 'keyfirst-e2e-vault-reviewer', '--ignore-not-found']);
      await run('kubectl', ['delete', 'serviceaccount', 'vault-reviewer', '-n', 'default', '--ignore-not-found']);
    },
  };
}

/** The Vault that the environment names, or one of our own, with a KV engine of version 2 at `secret/`. */
async function open({ vault, folder, host }: Cluster, onStarted: (stop: () => Promise<void>) => void): Promise<VaultAccess> {
  if (vault !== undefined) return vault;
  if (folder === undefined || host === undefined) throw new Error('set KEYFIRST_E2E_VAULT_ADDR to a Vault for tests that pods reach');
  const own = await startOwn(folder, host);
  onStarted(() => own.stop());
  await callVault(own, 'POST', 'sys/mounts/secret', { type: 'kv', options: { version: '2' } });
  return own;
}
