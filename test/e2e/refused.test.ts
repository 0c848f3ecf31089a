import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { app, namespace, pod, remove } from '../support/e2e-pods.ts';
import { webhookLogs } from '../support/e2e-webhook.ts';
import { create, eventually, get, type Manifest, tryCreate } from '../support/kubectl.ts';

const { cluster } = inject('e2e');
const NAMESPACE = 'kf-refused';
const containers = [app(cluster.appImage, 'true')];
/** What a person pastes where a reference belongs. */
const PASTED = 'hunter2-Pasted-By-Mistake';

beforeAll(() => create(...namespace(NAMESPACE)));
afterAll(() => remove(NAMESPACE));

describe('kubectl apply of a pod with bad annotations', () => {
  it('is refused with all problems, each with its key', async () => {
    const annotations = {
      'keyfirst.dev/fil.password': 'vault://secret/shop/db#password',
      'keyfirst.dev/file.whole': 'vault://secret/shop/db',
      'keyfirst.dev/file.other': 'valut://secret/shop/db#password',
      'keyfirst.dev/env.1PASSWORD': 'vault://secret/shop/db#password',
      'keyfirst.dev/containers': 'web',
      'keyfirst.dev/deadline': 'soon',
      'keyfirst.dev/store.vault.rol': 'shop',
      'keyfirst.dev/secrets': '- {file: ../escape, from: vault://secret/shop/db#password}',
    };
    const { code, stderr } = await tryCreate([pod(NAMESPACE, 'bad', annotations, { containers })], { verb: 'apply' });
    expect(code).not.toBe(0);
    const lines = stderr.split('\n');
    const line = (key: string) => lines.find((text) => text.startsWith(`- keyfirst.dev/${key}`)) ?? `no line for ${key} in:\n${stderr}`;
    expect(line('fil.password')).toMatch(/did you mean/);
    expect(line('file.whole')).toMatch(/\.json/);
    expect(line('file.other')).toMatch(/vault/);
    expect(line('env.1PASSWORD')).toMatch(/not the name of a variable/);
    expect(line('deadline')).toMatch(/"soon".*90s/);
    expect(line('store.vault.rol')).toMatch(/role/);
    expect(line('secrets')).toMatch(/`\.\.`/);
    expect((await get('pods', '-n', NAMESPACE)).items).toEqual([]);
  });

  it('names the containers that the pod has', async () => {
    const annotations = { 'keyfirst.dev/file.password': 'vault://secret/shop/db#password', 'keyfirst.dev/containers': 'web' };
    const { stderr } = await tryCreate([pod(NAMESPACE, 'bad', annotations, { containers })], { verb: 'apply' });
    expect(stderr).toMatch(/keyfirst.dev\/containers: names `web`, which the pod does not have.*app/);
  });

  it('does not echo a value that was pasted where a reference belongs', async () => {
    const annotations = {
      'keyfirst.dev/file.password': PASTED,
      'keyfirst.dev/file.url': `postgres://shop:${PASTED}@db.test/shop`,
      'keyfirst.dev/file.mine': `my-vault://${PASTED}`,
      'keyfirst.dev/env.TOKEN': PASTED,
      'keyfirst.dev/secrets': JSON.stringify([{ file: 'other', from: PASTED }, { from: PASTED, fil: PASTED }, PASTED]),
    };
    const { code, stdout, stderr } = await tryCreate([pod(NAMESPACE, 'pasted', annotations, { containers })]);
    expect(code).not.toBe(0);
    expect(stderr).toContain('keyfirst.dev/file.password');
    expect(stderr).toContain('keyfirst.dev/secrets');
    for (const text of [stdout, stderr, await webhookLogs()]) expect(text).not.toContain(PASTED);
  });

  it('tells the same of a pod template by way of its events', async () => {
    const labels = { run: 'bad' };
    await create({
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: { name: 'bad', namespace: NAMESPACE },
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels, annotations: { 'keyfirst.dev/file.password': 'vault://secret/shop/db' } }, spec: { containers } },
      },
    });
    const message = await eventually('an event', async () => {
      const { items } = await get('events', '-n', NAMESPACE, '--field-selector', 'involvedObject.name=bad,reason=FailedCreate');
      return (items as Manifest[])[0]?.message as string | undefined;
    });
    expect(message).toContain('keyfirst.dev/file.password');
  });
});
