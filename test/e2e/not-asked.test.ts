import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { app, namespace, pod, remove, succeeded } from '../support/e2e-pods.ts';
import { admissionsSeen, scaleWebhook, webhookLogs } from '../support/e2e-webhook.ts';
import { create, eventually, get, kubectl, type Manifest, tryCreate } from '../support/kubectl.ts';

const { cluster, vault, noVault } = inject('e2e');
const OPTED_IN = 'kf-untouched';
const NOT_OPTED_IN = 'kf-without-label';
const ASKING = { 'keyfirst.dev/file.password': 'vault://secret/shop/db#password' };
const containers = [app(cluster.appImage, 'true')];
const audit = cluster.folder === undefined ? '' : join(cluster.folder, 'log/audit');

beforeAll(async () => {
  await create(...namespace(OPTED_IN), ...namespace(NOT_OPTED_IN, { injection: false }));
});

afterAll(() => remove(OPTED_IN, NOT_OPTED_IN));

describe('a pod that is none of our business', () => {
  it.each([
    { what: 'in a namespace without the label', where: NOT_OPTED_IN, name: 'annotated', annotations: ASKING },
    { what: 'without our annotations', where: OPTED_IN, name: 'plain', annotations: { 'example.com/keyfirst.dev': 'no' } },
  ])('$what is untouched and not sent to the webhook', async ({ where, name, annotations }) => {
    const before = await admissionsSeen();
    await create(pod(where, name, annotations, { containers }));
    const { metadata, spec } = await succeeded(where, name);
    expect(await admissionsSeen()).toBe(before);
    expect(await webhookLogs()).not.toContain(`"${name}"`);
    expect(metadata.annotations).toEqual(annotations);
    expect(spec.initContainers).toBeUndefined();
    expect(spec.volumes.map((volume: Manifest) => Object.keys(volume).sort().join())).toEqual(['name,projected']);
    if (audit !== '' && existsSync(audit)) expect(webhooksCalledFor(where, name)).toEqual([]);
  });

  it('is told apart from one that is: the same count and log notice an annotated pod', async () => {
    const before = await admissionsSeen();
    await create(pod(OPTED_IN, 'annotated', { ...ASKING, 'keyfirst.dev/inject': 'false' }, { containers }));
    const { metadata, spec } = await succeeded(OPTED_IN, 'annotated');
    expect(await admissionsSeen()).toBeGreaterThan(before);
    expect(await webhookLogs()).toContain('"annotated"');
    expect(spec.initContainers).toBeUndefined();
    expect(metadata.annotations['keyfirst.dev/status']).toBeUndefined();
    if (audit !== '' && existsSync(audit)) expect(webhooksCalledFor(OPTED_IN, 'annotated').join()).toContain('keyfirst');
  });
});

describe('with the webhook scaled to zero', () => {
  beforeAll(async () => {
    await scaleWebhook(0);
    return () => scaleWebhook(2);
  });

  it('an annotated pod is refused', async () => {
    const { code, stderr } = await tryCreate([pod(OPTED_IN, 'refused', ASKING, { containers })]);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/failed calling webhook.*keyfirst/);
    expect((await get('pods', '-n', OPTED_IN)).items.map(({ metadata }: Manifest) => metadata.name)).not.toContain('refused');
  });

  it('a plain pod of the same namespace starts', async () => {
    await create(pod(OPTED_IN, 'plain-meanwhile', {}, { containers }));
    expect((await succeeded(OPTED_IN, 'plain-meanwhile')).spec.initContainers).toBeUndefined();
  });

  it.skipIf(vault === undefined)(
    `a Deployment's pods wait, and start when the webhook is back${vault ? '' : ` (${noVault})`}`,
    async () => {
      const labels = { run: 'waiting' };
      await create({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'waiting', namespace: OPTED_IN },
        spec: {
          selector: { matchLabels: labels },
          template: {
            metadata: { labels, annotations: ASKING },
            spec: {
              serviceAccountName: 'shop',
              terminationGracePeriodSeconds: 0,
              containers: [app(cluster.appImage, 'test -s /keyfirst/secrets/password && exec sleep 3600')],
            },
          },
        },
      });
      await eventually('the ReplicaSet is refused', async () =>
        (await kubectl('describe', 'replicaset', '-n', OPTED_IN, '-l', 'run=waiting')).includes('failed calling webhook'),
      );
      expect((await get('pods', '-n', OPTED_IN, '-l', 'run=waiting')).items).toEqual([]);
      await scaleWebhook(2);
      await kubectl('rollout', 'status', '-n', OPTED_IN, 'deployment/waiting', '--timeout=120s');
    },
  );
});

/** Names of the webhooks that the API server called for the creation of a pod, from its audit log. */
function webhooksCalledFor(where: string, name: string): string[] {
  return readFileSync(audit, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Manifest)
    .filter(({ objectRef }) => objectRef.namespace === where && objectRef.name === name)
    .flatMap(({ annotations = {} }) =>
      Object.keys(annotations).flatMap((key) => (key.startsWith('mutation.webhook') ? [annotations[key] as string] : [])),
    );
}
