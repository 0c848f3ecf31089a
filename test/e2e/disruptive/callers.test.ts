import { writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { makeCa, makeCaller, type Pair } from '../../support/caller-certificates.ts';
import { restartApiServer } from '../../support/e2e-api-server.ts';
import { streamCreations } from '../../support/e2e-creations.ts';
import { app, namespace, pod, remove, succeeded } from '../../support/e2e-pods.ts';
import { keepValues, upgradeWith } from '../../support/e2e-release.ts';
import { RELEASE, SYSTEM } from '../../support/e2e-setup.ts';
import { metricsOf, webhookLogs, webhookPods } from '../../support/e2e-webhook.ts';
import { create, eventually, kubectl, type Manifest, run, tryCreate } from '../../support/kubectl.ts';

const { cluster } = inject('e2e');
const { folder = '', appImage } = cluster;
const NAMESPACE = 'kf-callers';
const ASKING = { 'keyfirst.dev/file.password': 'vault://secret/shop/db#password' };
const HOST = `${RELEASE}.${SYSTEM}.svc`;
const NAME = 'kube-apiserver-webhooks';

const containers = [app(appImage, 'test -s /keyfirst/secrets/password')];
const asking = (name: string): Manifest => pod(NAMESPACE, name, ASKING, { containers });
const dryRun = (object: Manifest) => tryCreate([object], { dryRun: true });
const uids = async () => (await webhookPods()).map(({ metadata }) => metadata.uid as string).sort((a, b) => a.localeCompare(b));

/** Upgrades the chart so that it answers only holders of certificates of these CAs. */
async function upgrade(...cas: readonly Pair[]): Promise<void> {
  const file = join(folder, 'callers-ca.pem');
  writeFileSync(file, cas.map(({ cert }) => cert).join(''));
  const clientCertificate = 'webhook.callers.clientCertificate';
  const set = ['--set-file', `${clientCertificate}.ca=${file}`, '--set-json', `${clientCertificate}.names=["${NAME}"]`];
  await upgradeWith(...set);
  // The kubelet looks at a pod's ConfigMaps once a minute, and when the pod changes.
  await kubectl('annotate', 'pods', '-n', SYSTEM, '-l', `app.kubernetes.io/instance=${RELEASE}`, '--overwrite', `look=${Date.now()}`);
}

/** What a pod of the webhook says to a caller; the body of a call is an empty review. */
function ask(address: string, path: string, caller: Partial<Pair> = {}): Promise<{ status: number; body: string }> {
  const options = { host: address, port: 8443, path, rejectUnauthorized: false, agent: false, ...caller } as const;
  return new Promise((resolve, reject) => {
    const outgoing = request({ ...options, method: path.endsWith('z') ? 'GET' : 'POST' }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    outgoing.once('error', reject);
    outgoing.setHeader('content-type', 'application/json');
    outgoing.end(path.endsWith('z') ? undefined : '{}');
  });
}

const can = cluster.folder !== undefined;
describe.skipIf(!can)(
  `only the API server is answered${can ? '' : ' (the tests can give only the one of test/cluster a certificate)'}`,
  () => {
    let ca: Pair;
    let next: Pair;
    let kept: AsyncDisposable | undefined;
    const show = async (issuer: Pair) => restartApiServer(folder, { host: HOST, certificate: await makeCaller(NAME, { issuer }) });

    beforeAll(async () => {
      [ca, next] = await Promise.all([makeCa('webhook-callers'), makeCa('webhook-callers-2')]);
      kept = await keepValues();
      await create(...namespace(NAMESPACE));
    });
    afterAll(async () => {
      await kept?.[Symbol.asyncDispose]();
      await remove(NAMESPACE);
    });

    it('first the API server shows its certificate, then the chart asks for it: no creation fails on the way', async () => {
      await show(ca);
      const old = await uids();
      await using stream = await streamCreations(NAMESPACE, asking('dry'), { pause: 20 });
      await upgrade(ca);
      await eventually('all replicas are new', async () => (await uids()).every((uid) => !old.includes(uid)));
      const answers = await stream.stop();

      expect(answers.filter(({ injected }) => !injected)).toEqual([]);
      expect(answers.length).toBeGreaterThan(20);
      await create(asking('known'));
      await succeeded(NAMESPACE, 'known');
      expect((await Promise.all((await webhookPods()).map(metricsOf))).join('')).toMatch(/outcome="inject",reason=""\} [1-9]/);
    });

    it('and workloads still get their warnings', async () => {
      const { stderr } = await dryRun({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'warned', namespace: NAMESPACE },
        spec: {
          selector: { matchLabels: { app: 'x' } },
          template: { metadata: { labels: { app: 'x' }, annotations: { 'keyfirst.dev/file.x': 'nothing' } }, spec: { containers } },
        },
      });
      expect(stderr).toMatch(/^Warning: keyfirst: the pods of this Deployment will be refused/m);
    });

    it('whoever else reaches the port is refused, with the reason; probes are answered', async () => {
      const [replica] = await webhookPods();
      const address: string = replica?.status.podIP;
      const stranger = await makeCaller(NAME, { issuer: next });
      const kubelet = await makeCaller('system:node:node1', { issuer: ca });
      for (const path of ['/mutate', '/validate']) {
        expect(await ask(address, path)).toMatchObject({ status: 401, body: expect.stringContaining('showed no client certificate') });
        expect(await ask(address, path, stranger)).toMatchObject({
          status: 403,
          body: expect.stringContaining('no CA in the file signed'),
        });
        expect(await ask(address, path, kubelet)).toMatchObject({
          status: 403,
          body: expect.stringContaining('none of the allowed names'),
        });
      }
      for (const path of ['/livez', '/readyz']) expect(await ask(address, path)).toMatchObject({ status: 200 });
      expect(await metricsOf(replica ?? {})).toContain('reason="unknown-caller"} 3');
      expect(await webhookLogs()).toContain('"msg":"callers refused"');
    });

    it('the CA is changed without a restart of the webhook: both, then the new one', async () => {
      const old = await uids();
      const changed = (times: number) =>
        eventually('every replica has read it', async () => (await webhookLogs()).split('CA of callers renewed').length === 2 * times + 1, {
          seconds: 150,
          describe: webhookLogs,
        });
      await upgrade(ca, next);
      await changed(1);
      expect((await dryRun(asking('by-the-old'))).code).toBe(0);
      await show(next);
      expect((await dryRun(asking('by-the-new'))).code).toBe(0);
      await upgrade(next);
      await changed(2);
      expect((await dryRun(asking('by-the-new-alone'))).code).toBe(0);
      expect(await uids()).toEqual(old);
    });

    it('without its certificate the API server is refused, and tells whoever asks; nothing starts bare, and others are made', async () => {
      await restartApiServer(folder);
      const { code, stderr } = await tryCreate([asking('refused')]);
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /failed calling webhook "pods\.keyfirst\.dev".*Keyfirst answers only callers with a client certificate .*showed no client certificate.*docs\/callers\.md/,
      );
      expect((await run('kubectl', ['get', 'pod', 'refused', '-n', NAMESPACE])).stderr).toContain('not found');

      expect((await dryRun(pod(NAMESPACE, 'plain', {}, { containers }))).code).toBe(0);
    });
  },
);
