import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { peerOf, trusted } from '../../support/e2e-certificates.ts';
import { streamCreations } from '../../support/e2e-creations.ts';
import { app, namespace, pod, remove } from '../../support/e2e-pods.ts';
import { RELEASE, SYSTEM } from '../../support/e2e-setup.ts';
import { restartWebhook, webhookPods } from '../../support/e2e-webhook.ts';
import { create, eventually, get, type Manifest } from '../../support/kubectl.ts';

const { cluster } = inject('e2e');
const NAMESPACE = 'kf-webhook';
const ASKING = { 'keyfirst.dev/file.password': 'vault://secret/shop/db#password' };

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
    await using creations = await streamCreations(
      NAMESPACE,
      pod(NAMESPACE, 'dry', ASKING, { containers: [app(cluster.appImage, 'true')] }),
    );
    const before = (await webhookPods()).map(({ metadata }) => metadata.uid);
    await restartWebhook();
    await eventually('the old replicas are gone', async () => {
      const { items } = await get('pods', '-n', SYSTEM, '-l', `app.kubernetes.io/instance=${RELEASE}`);
      return (items as Manifest[]).every(({ metadata }) => !before.includes(metadata.uid));
    });
    const answers = await creations.stop();
    expect(answers.length).toBeGreaterThan(100);
    expect(answers.filter(({ injected }) => !injected)).toEqual([]);
  });
});
