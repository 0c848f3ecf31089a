import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { clusterProcess } from '../../support/cluster-process.ts';
import { app, namespace, pod, remove } from '../../support/e2e-pods.ts';
import { metricsOf, webhookPods } from '../../support/e2e-webhook.ts';
import { create, eventually, get, type Manifest, must, run, tryCreate } from '../../support/kubectl.ts';

const { cluster } = inject('e2e');
const NAMESPACE = 'kf-restart';
const account = (name: string): Manifest => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name, namespace: NAMESPACE, annotations: { 'eks.amazonaws.com/role-arn': `arn:aws:iam::123456789012:role/${name}` } },
});
const far = cluster.folder === undefined ? ' (the API server of a cluster that is not ours cannot be restarted)' : '';

describe.skipIf(far !== '')(`the API server restarts${far}`, () => {
  /** The value of one gauge, replica by replica. */
  const gauge = async (name: string): Promise<number[]> => {
    const texts = await Promise.all((await webhookPods()).map(metricsOf));
    return texts.map((text) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]));
  };
  const restarts = async () => (await webhookPods()).map(({ status }) => status.containerStatuses[0].restartCount);
  let before: number[];

  beforeAll(async () => {
    await create(...namespace(NAMESPACE), account('early'));
    before = await restarts();
    const server = clusterProcess('kube-apiserver');
    await server.kill();
    server.start(join(cluster.folder ?? '', 'log/kube-apiserver'));
    await eventually('the API server is ready', async () => (await run('kubectl', ['get', '--raw', '/readyz'])).code === 0);
  });
  afterAll(() => remove(NAMESPACE));

  it('and pods are injected again', async () => {
    const wanted = pod(
      NAMESPACE,
      'first',
      { 'keyfirst.dev/file.x': 'vault://secret/shop/db#password' },
      { containers: [app(cluster.appImage, 'true')] },
    );
    // Refused while the API server itself still comes up.
    await eventually('a pod is made', async () => (await tryCreate([wanted], { dryRun: true })).code === 0);
    const { metadata } = JSON.parse(await must('kubectl', ['create', '--dry-run=server', '-o', 'json', '-f', '-'], JSON.stringify(wanted)));

    expect(metadata.annotations).toMatchObject({ 'keyfirst.dev/status': 'injected' });
  });

  it('and each replica hears of ServiceAccounts again, without a restart of its own', async () => {
    const returned = Date.now() / 1000;
    await create(account('late'));

    // Other tests' namespaces may be on their way out.
    await eventually('all are known', async () => {
      const { items } = await get('serviceaccounts', '--all-namespaces');
      return (await gauge('keyfirst_service_accounts_known')).every((known) => known === items.length);
    });
    expect((await get('serviceaccounts', '-n', NAMESPACE)).items.map(({ metadata }: Manifest) => metadata.name)).toContain('late');
    expect((await gauge('keyfirst_service_accounts_heard_timestamp_seconds')).every((heard) => heard >= Math.floor(returned))).toBe(true);
    expect(before).toHaveLength(2);
    expect(await restarts()).toEqual(before);
  });
});
