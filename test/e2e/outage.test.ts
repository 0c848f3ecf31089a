import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { app, everStarted, lookAround, namespace, pod, remove, seen, sha256, statusOf, untilPhase } from '../support/e2e-pods.ts';
import { TRUSTED } from '../support/e2e-setup.ts';
import { type ClusterVault, callVault, startClusterVault, trustCluster } from '../support/e2e-vault.ts';
import { create, eventually, get, kubectl, type Manifest } from '../support/kubectl.ts';

const { cluster } = inject('e2e');
const { folder, host } = cluster;
const NAMESPACE = 'kf-outage';
const AWAY_SECONDS = 20;
const own = folder !== undefined && host !== undefined;

const containers = [app(cluster.appImage, lookAround())];
const asking = (more: Record<string, string> = {}) => ({
  'keyfirst.dev/file.password': 'vault://secret/outage#password',
  'keyfirst.dev/store.vault.address': 'https://host.test:8300',
  'keyfirst.dev/store.vault.ca-config-map': 'vault-ca',
  ...more,
});

/** Pods that meet the same outage: one that waits for Vault, two whose deadline passes first. */
const pods = (prefix: string): Manifest[] => [
  pod(NAMESPACE, `${prefix}-waits`, asking(), { containers }),
  pod(NAMESPACE, `${prefix}-restarts`, asking({ 'keyfirst.dev/deadline': '3s' }), {
    containers: [app(cluster.appImage, `${lookAround()}; exec sleep 3600`)],
    restartPolicy: 'Always',
  }),
  pod(NAMESPACE, `${prefix}-restarts-by-rule`, asking({ 'keyfirst.dev/deadline': '3s' }), { containers }),
];

const tries = async (name: string) => await kubectl('logs', '-n', NAMESPACE, name, '-c', 'keyfirst-init').catch(() => '');
const initStatus = (found: Manifest) => statusOf(found, 'keyfirst-init');

/** Kubernetes tells no more of a time. */
const wholeSecond = (time: number) => Math.floor(time / 1000) * 1000;

/** Each pod has met the outage: the waiting one has tried, the others' deadline has passed, and no app has started. */
async function allMetIt(prefix: string, problem: RegExp): Promise<void> {
  await eventually('the waiting pod tries again', async () => problem.test(await tries(`${prefix}-waits`)));
  for (const kind of ['restarts', 'restarts-by-rule']) {
    const name = `${prefix}-${kind}`;
    const found = await eventually(`${name} has given up once`, async () => {
      const now = await get('pod', name, '-n', NAMESPACE);
      return (now.status.initContainerStatuses?.[0]?.restartCount ?? 0) > 0 ? now : undefined;
    });
    const ended = initStatus(found).lastState.terminated;
    expect(ended.exitCode).toBe(75);
    expect(ended.message).toMatch(problem);
  }
  for (const kind of ['waits', 'restarts', 'restarts-by-rule']) {
    expect(everStarted(await get('pod', `${prefix}-${kind}`, '-n', NAMESPACE), 'app')).toBe(false);
  }
}

/** Each app has started with its secret; when the first of them did, in milliseconds since 1970. */
async function allHealed(prefix: string): Promise<number> {
  const starts: number[] = [];
  const phases = { waits: 'Succeeded', restarts: 'Running', 'restarts-by-rule': 'Succeeded' };
  for (const [kind, phase] of Object.entries(phases)) {
    const name = `${prefix}-${kind}`;
    const found = await untilPhase(NAMESPACE, name, phase, 150);
    const { state } = statusOf(found, 'app');
    starts.push(Date.parse((state.terminated ?? state.running).startedAt));
    const { files } = await eventually('the report of the app', () => seen(NAMESPACE, name).catch(() => undefined));
    expect(files.password?.sha256).toBe(sha256('after the storm'));
  }
  return Math.min(...starts);
}

describe.skipIf(!own)(
  `Vault fails for a while${own ? '' : ' (the tests can stop only a Vault of their own, in a cluster of test/cluster)'}`,
  () => {
    let vault: ClusterVault;

    beforeAll(async () => {
      if (!own) return;
      const mine = join(folder, 'vault-tls');
      mkdirSync(mine, { recursive: true });
      const { cert, private: key } = await generate([{ name: 'commonName', value: 'host.test' }], {
        keyType: 'ec',
        algorithm: 'sha256',
        extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'host.test' }] }],
      });
      const tls = { certificateFile: join(mine, 'tls.crt'), keyFile: join(mine, 'tls.key') };
      writeFileSync(tls.certificateFile, cert);
      writeFileSync(tls.keyFile, key);
      vault = await startClusterVault({ folder: mine, log: join(folder, 'log/vault-tls'), host, port: 8300, tls });
      await trustCluster(vault, 'kubernetes', cluster.apiServer, {
        shop: { serviceAccount: 'shop', namespaces: TRUSTED, policy: 'path "secret/*" { capabilities = ["read"] }' },
      });
      await callVault(vault, 'POST', 'sys/mounts/secret', { type: 'kv', options: { version: '1' } });
      await callVault(vault, 'POST', 'secret/outage', { password: 'after the storm' });
      const ca = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'vault-ca', namespace: NAMESPACE }, data: { 'ca.crt': cert } };
      await create(...namespace(NAMESPACE), ca);
    });

    afterAll(async () => {
      if (!own) return;
      await remove(NAMESPACE);
      await vault.stop();
    });

    it('sealed: no app starts; unsealed: every app starts with its secret', async () => {
      await vault.seal();
      await create(...pods('sealed'));
      await allMetIt('sealed', /sealed/);
      const healed = wholeSecond(Date.now());
      await vault.unseal();
      expect(await allHealed('sealed')).toBeGreaterThanOrEqual(healed);
    });

    it(`away for ${AWAY_SECONDS} s: no app starts; back: every app starts with its secret`, async () => {
      await vault.stop();
      const left = Date.now();
      await create(...pods('away'));
      await allMetIt('away', /ECONNREFUSED|refused|connect/i);
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, left + AWAY_SECONDS * 1000 - Date.now())));
      for (const kind of ['waits', 'restarts', 'restarts-by-rule']) {
        expect(everStarted(await get('pod', `away-${kind}`, '-n', NAMESPACE), 'app')).toBe(false);
      }
      const healed = wholeSecond(Date.now());
      await vault.start();
      expect(await allHealed('away')).toBeGreaterThanOrEqual(healed);
    });
  },
);
