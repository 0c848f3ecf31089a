import { spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { connect, type PeerCertificate } from 'node:tls';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { app, namespace, pod, remove } from '../support/e2e-pods.ts';
import { RELEASE, SYSTEM } from '../support/e2e-setup.ts';
import { restartWebhook, webhookPods } from '../support/e2e-webhook.ts';
import { create, eventually, get, type Manifest } from '../support/kubectl.ts';

const { cluster } = inject('e2e');
const NAMESPACE = 'kf-webhook';
const ASKING = { 'keyfirst.dev/file.password': 'vault://secret/shop/db#password' };

async function trusted(): Promise<X509Certificate[]> {
  const { items } = await get('mutatingwebhookconfigurations', '-l', `app.kubernetes.io/instance=${RELEASE}`);
  const bundle = Buffer.from(items[0].webhooks[0].clientConfig.caBundle ?? '', 'base64').toString();
  return (bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map((pem) => new X509Certificate(pem));
}

describe('the webhook', () => {
  beforeAll(() => create(...namespace(NAMESPACE)));
  afterAll(() => remove(NAMESPACE));

  it("runs two replicas, each with a CA of its own in the configuration's caBundle", async () => {
    const names = (await webhookPods()).map(({ metadata }) => metadata.name as string);
    expect(names).toHaveLength(2);
    const subjects = (await trusted()).map(({ subject }) => subject);
    for (const name of names) expect(subjects.filter((subject) => subject.includes(name))).toHaveLength(1);
  });

  const far = cluster.folder === undefined ? ' (pods of a cluster that is not ours are out of reach)' : '';
  it.skipIf(far !== '')(`serves with a certificate that this bundle trusts for the name of the Service${far}`, async () => {
    const ca = (await trusted()).map(String);
    for (const { status } of await webhookPods()) {
      const peer = await peerOf(status.podIP as string, ca);
      expect(peer.subjectaltname).toContain(`${SYSTEM}.svc`);
    }
  });

  it('refuses no pod while its replicas are replaced', async () => {
    using proxy = await kubectlProxy();
    const body = JSON.stringify(pod(NAMESPACE, 'dry', ASKING, { containers: [app(cluster.appImage, 'true')] }));
    const stop = new AbortController();
    const answers: { ok: boolean; injected: boolean; text: string }[] = [];
    const stream = (async () => {
      while (!stop.signal.aborted) {
        const response = await fetch(`${proxy.address}/api/v1/namespaces/${NAMESPACE}/pods?dryRun=All`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
        });
        const text = await response.text();
        answers.push({ ok: response.ok, injected: text.includes('"keyfirst-init"'), text: response.ok ? '' : text });
      }
    })();
    const before = (await webhookPods()).map(({ metadata }) => metadata.uid);
    await restartWebhook();
    await eventually('the old replicas are gone', async () => {
      const { items } = await get('pods', '-n', SYSTEM, '-l', `app.kubernetes.io/instance=${RELEASE}`);
      return (items as Manifest[]).every(({ metadata }) => !before.includes(metadata.uid));
    });
    stop.abort();
    await stream;
    expect(answers.length).toBeGreaterThan(100);
    expect(answers.filter(({ ok, injected }) => !ok || !injected)).toEqual([]);
  });
});

function peerOf(host: string, ca: string[]): Promise<PeerCertificate> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: 8443, ca, servername: `${RELEASE}.${SYSTEM}.svc` }, () => {
      resolve(socket.getPeerCertificate());
      socket.end();
    });
    socket.once('error', reject);
  });
}

/** `kubectl proxy`: many calls without starting a program for each. */
async function kubectlProxy(): Promise<Disposable & { address: string }> {
  const child = spawn('kubectl', ['proxy', '--port=0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const address = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const found = /127\.0\.0\.1:\d+/.exec(text)?.[0];
      if (found !== undefined) resolve(`http://${found}`);
    });
    child.once('exit', (code) => reject(new Error(`kubectl proxy ended with ${code}`)));
  });
  return { address, [Symbol.dispose]: () => void child.kill() };
}
