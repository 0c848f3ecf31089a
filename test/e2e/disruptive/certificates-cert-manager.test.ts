import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startCertManager } from '../../support/e2e-cert-manager.ts';
import { peerOf, trusted } from '../../support/e2e-certificates.ts';
import { streamCreations } from '../../support/e2e-creations.ts';
import { app, namespace, pod, remove } from '../../support/e2e-pods.ts';
import { keepValues, upgradeWith } from '../../support/e2e-release.ts';
import { RELEASE, SYSTEM } from '../../support/e2e-setup.ts';
import { webhookPods } from '../../support/e2e-webhook.ts';
import { create, eventually, get, kubectl, type Manifest, run } from '../../support/kubectl.ts';

const { cluster } = inject('e2e');
const { folder } = cluster;
const NAMESPACE = 'kf-cert-manager';
const ASKING = { 'keyfirst.dev/file.password': 'vault://secret/shop/db#password' };

const addresses = async () => (await webhookPods()).map(({ status }) => status.podIP as string);
const secretText = async (name: string, key: string) =>
  Buffer.from((await get('secret', name, '-n', SYSTEM)).data[key], 'base64').toString();
const serials = async (ca: string) =>
  new Set((await Promise.all((await addresses()).map((host) => peerOf(host, [ca])))).map((peer) => peer.serialNumber));
const creations = () => streamCreations(NAMESPACE, pod(NAMESPACE, 'dry', ASKING, { containers: [app(cluster.appImage, 'true')] }));

const far = folder === undefined ? ' (runs beside a cluster of test/cluster only)' : '';
describe.skipIf(folder === undefined)(`certificates from cert-manager${far}`, () => {
  let certManager: AsyncDisposable | undefined;
  let kept: AsyncDisposable | undefined;

  beforeAll(async () => {
    certManager = await startCertManager(folder ?? '');
    await create(...namespace(NAMESPACE));
    kept = await keepValues();
    await upgradeWith('--set', 'certificates.mode=cert-manager');
  });
  afterAll(async () => {
    await kept?.[Symbol.asyncDispose]();
    await remove(NAMESPACE);
    await certManager?.[Symbol.asyncDispose]();
    await kubectl('delete', 'secret', '-n', SYSTEM, `${RELEASE}-ca`, `${RELEASE}-tls`, '--ignore-not-found');
  });

  it('serves with what cert-manager made, trusted by what its CA injector wrote', async () => {
    const ca = await secretText(`${RELEASE}-tls`, 'ca.crt');

    expect((await trusted()).map(String)).toContain(ca);
    expect((await serials(ca)).size).toBe(1);
    await using stream = await creations();
    await eventually('some creations', async () => stream.answers.length > 20);
    expect((await stream.stop()).filter(({ injected }) => !injected)).toEqual([]);
  });

  it('has only two Secrets, both of cert-manager, and may itself read neither', async () => {
    const { items } = await get('secrets', '-n', SYSTEM);
    const names = (items as Manifest[]).filter(({ type }) => type !== 'helm.sh/release.v1').map(({ metadata }) => metadata.name);
    const { stdout } = await run('kubectl', [
      'auth',
      'can-i',
      'get',
      `secret/${RELEASE}-tls`,
      '-n',
      SYSTEM,
      `--as=system:serviceaccount:${SYSTEM}:${RELEASE}`,
    ]);

    expect(new Set(names)).toEqual(new Set([`${RELEASE}-ca`, `${RELEASE}-tls`]));
    expect(stdout.trim()).toBe('no');
  });

  it('takes a renewed certificate without a restart and without a refused pod', async () => {
    const ca = await secretText(`${RELEASE}-tls`, 'ca.crt');
    const [before] = await serials(ca);
    const uids = async () => new Set((await webhookPods()).map(({ metadata }) => metadata.uid as string));
    const uidsBefore = await uids();
    await using stream = await creations();

    // What `cmctl renew` does.
    const issuing = { type: 'Issuing', status: 'True', reason: 'Test', message: 'renew', lastTransitionTime: new Date().toISOString() };
    const patch = JSON.stringify([{ op: 'add', path: '/status/conditions/-', value: issuing }]);
    await kubectl('patch', 'certificate', RELEASE, '-n', SYSTEM, '--subresource=status', '--type=json', '-p', patch);
    await eventually('both replicas serve the new certificate', async () => {
      const now = await serials(ca);
      return now.size === 1 && !now.has(before ?? '');
    });

    expect((await stream.stop()).filter(({ injected }) => !injected)).toEqual([]);
    expect(await uids()).toEqual(uidsBefore);
  });
});
