import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { app, FOLDER, lookAround, namespace, pod, remove, seen, sha256, statusOf, succeeded } from '../support/e2e-pods.ts';
import { AWKWARD, DOLLAR_AUTH_PATH, DOLLAR_PATH, DOLLAR_PROPERTY } from '../support/e2e-values.ts';
import { callVault } from '../support/e2e-vault.ts';
import { create, get, kubectl, type Manifest } from '../support/kubectl.ts';

const { cluster, vault, noVault } = inject('e2e');
const NAMESPACE = 'kf-delivery';
const PASSWORD = 'correct horse battery staple';
/** JSON that a pass through JavaScript's numbers would change. */
const WHOLE = '{"list":[true,null,{"$(HOME)":"→"}],"long":12345678901234567890,"price":0.10,"power":1.50e3}';
const ASKING = { 'keyfirst.dev/file.password': 'vault://secret/shop/db#password' };

const look = (extra: Manifest = {}) => app(cluster.appImage, lookAround(), extra);
const as = (user: number, name = 'app'): Manifest => {
  const container = look({ name });
  return { ...container, securityContext: { ...container.securityContext, runAsUser: user } };
};
const list = (...entries: object[]) => ({ 'keyfirst.dev/secrets': JSON.stringify(entries) });

const PODS: Readonly<Record<string, [annotations: Record<string, string>, spec: Manifest]>> = {
  // No shell in between: the first thing that this container ever does is to read the file.
  'first-read': [ASKING, { containers: [app(cluster.appImage, '', { command: ['sha256sum', `${FOLDER}/password`] })] }],
  awkward: [
    list(
      ...Object.keys(AWKWARD).map((name) => ({ file: `values/${name}`, from: `vault://secret/awkward#${name}` })),
      { file: 'legacy', from: 'vault://kv1/legacy/db#password' },
      { file: 'who', from: 'vault://auth/token/lookup-self#display_name' },
      { file: 'first-version', from: 'vault://secret/versions?version=1#value' },
    ),
    { containers: [look()] },
  ],
  dollars: [
    {
      ...list({ file: 'a $$ $(HOME)', from: `vault://secret/${DOLLAR_PATH}#${DOLLAR_PROPERTY}` }),
      'keyfirst.dev/store.vault.auth-path': DOLLAR_AUTH_PATH,
      'keyfirst.dev/mount-path': '/run/$(HOME)/$$secrets',
    },
    { containers: [app(cluster.appImage, lookAround('/run/$(HOME)/$$secrets').replaceAll('$', '$$$$'))] },
  ],
  // What it prints is no secret.
  whole: [
    { 'keyfirst.dev/file.whole.json': 'vault://kv1/whole' },
    { containers: [app(cluster.appImage, '', { command: ['cat', `${FOLDER}/whole.json`] })] },
  ],
  'shared-user': [ASKING, { containers: [as(1000), as(1000, 'second')] }],
  'fs-group': [ASKING, { securityContext: { fsGroup: 2000 }, containers: [as(1000), as(1001, 'second')] }],
  strangers: [ASKING, { containers: [as(1000), as(1001, 'second')] }],
  'own-mode': [list({ file: 'password', from: 'vault://secret/shop/db#password', mode: '0444' }), { containers: [look()] }],
  'no-token': [ASKING, { automountServiceAccountToken: false, containers: [look()] }],
  chosen: [
    { ...ASKING, 'keyfirst.dev/containers': 'app' },
    { containers: [look(), app(cluster.appImage, `ls -A /keyfirst 2>/dev/null; grep -c keyfirst /proc/mounts`, { name: 'other' })] },
  ],
};

describe.skipIf(vault === undefined)(`a pod of an opted-in, restricted namespace${vault ? '' : ` (${noVault})`}`, () => {
  beforeAll(async () => {
    if (vault === undefined) return;
    await callVault(vault, 'POST', 'secret/data/versions', { data: { value: 'the first' } });
    await callVault(vault, 'POST', 'secret/data/versions', { data: { value: 'the second' } });
    // KV version 2 rounds numbers itself when they are written.
    await callVault(vault, 'POST', 'kv1/whole', WHOLE);
    await create(
      ...namespace(NAMESPACE),
      ...Object.entries(PODS).map(([name, [annotations, spec]]) => pod(NAMESPACE, name, annotations, spec)),
    );
  });

  afterAll(() => remove(NAMESPACE));

  it("has its file at the very first read of the app's container", async () => {
    const found = await succeeded(NAMESPACE, 'first-read');
    expect(await kubectl('logs', '-n', NAMESPACE, 'first-read', '-c', 'app')).toBe(`${sha256(PASSWORD)}  ${FOLDER}/password\n`);
    const ours = statusOf(found, 'keyfirst-init').state.terminated;
    const apps = statusOf(found, 'app').state.terminated;
    expect(Date.parse(apps.startedAt)).toBeGreaterThanOrEqual(Date.parse(ours.finishedAt));
  });

  it('says in its status which version of what it runs with', async () => {
    const found = await succeeded(NAMESPACE, 'first-read');
    expect(statusOf(found, 'keyfirst-init').state.terminated.message).toContain('vault://secret/shop/db#password version 1');
    expect(found.metadata.annotations['keyfirst.dev/status']).toBeDefined();
  });

  describe('has exactly the bytes that Vault holds', () => {
    it.each(Object.keys(AWKWARD))('for %s', async (name) => {
      await succeeded(NAMESPACE, 'awkward');
      const { files } = await seen(NAMESPACE, 'awkward');
      expect(files[`values/${name}`]?.sha256).toBe(sha256(AWKWARD[name] ?? ''));
    });

    it('for a whole secret as JSON, with every digit of its numbers', async () => {
      await succeeded(NAMESPACE, 'whole');
      const text = await kubectl('logs', '-n', NAMESPACE, 'whole', '-c', 'app');
      expect(JSON.parse(text)).toEqual(JSON.parse(WHOLE));
      for (const number of ['12345678901234567890', '0.10', '1.50e3']) expect(text).toContain(number);
    });

    it('for KV version 1, an older version, and a path of no KV engine, read as the pod itself', async () => {
      await succeeded(NAMESPACE, 'awkward');
      const { files } = await seen(NAMESPACE, 'awkward');
      expect(files.legacy?.sha256).toBe(sha256('from version 1'));
      expect(files['first-version']?.sha256).toBe(sha256('the first'));
      expect(files.who?.sha256).toBe(sha256(`kubernetes-${NAMESPACE}-shop`));
    });

    it('for `$`, `$(X)` and `$$` in a path, a property, a file name, a setting and the mount path', async () => {
      const found = await succeeded(NAMESPACE, 'dollars');
      const { files, mount } = await seen(NAMESPACE, 'dollars');
      expect(files['a $$ $(HOME)']?.sha256).toBe(sha256('found through dollars'));
      expect(mount).toMatch(/^tmpfs \/run\/\$\(HOME\)\/\$\$secrets tmpfs ro,/);
      const [container] = found.spec.initContainers;
      expect(container.env[0].value).not.toContain('$');
    });
  });

  it('has its files on tmpfs, mounted read-only', async () => {
    await succeeded(NAMESPACE, 'shared-user');
    const { mount, wrote } = await seen(NAMESPACE, 'shared-user');
    expect(mount).toMatch(/^tmpfs \/keyfirst\/secrets tmpfs ro,/);
    expect(wrote).toBe(false);
  });

  it.each([
    { name: 'shared-user', file: { mode: '400', owner: '1000:0' }, why: 'all containers share one user' },
    { name: 'fs-group', file: { mode: '440', owner: '65532:2000' }, why: 'the pod has an fsGroup' },
    { name: 'strangers', file: { mode: '444', owner: '65532:65532' }, why: 'the containers are different users' },
    { name: 'own-mode', file: { mode: '444', owner: '1000:0' }, why: 'the entry has a mode' },
  ])('has files that its containers can read: $name, because $why', async ({ name, file }) => {
    const { spec } = await succeeded(NAMESPACE, name);
    for (const container of spec.containers) {
      const { files } = await seen(NAMESPACE, name, container.name);
      expect(files.password).toMatchObject({ ...file, sha256: sha256(PASSWORD) });
    }
  });

  it('keeps the identity token out of the app, with and without the usual token', async () => {
    for (const [name, token] of [
      ['shared-user', true],
      ['no-token', false],
    ] as const) {
      const { spec } = await succeeded(NAMESPACE, name);
      expect(await seen(NAMESPACE, name)).toMatchObject({ keyfirst: [FOLDER], token });
      const mounting = [...spec.initContainers, ...spec.containers].filter(({ volumeMounts = [] }: Manifest) =>
        volumeMounts.some(({ name: volume }: Manifest) => volume === 'keyfirst-identity'),
      );
      expect(mounting.map((container: Manifest) => container.name)).toEqual(['keyfirst-init']);
    }
  });

  it('has no Secret object made for it', async () => {
    await succeeded(NAMESPACE, 'awkward');
    expect((await get('secrets', '-n', NAMESPACE)).items).toEqual([]);
  });

  it('gives nothing to a container that was not chosen', async () => {
    await succeeded(NAMESPACE, 'chosen').catch(() => undefined);
    expect(await kubectl('logs', '-n', NAMESPACE, 'chosen', '-c', 'other')).toBe('0\n');
    expect((await seen(NAMESPACE, 'chosen')).files.password?.sha256).toBe(sha256(PASSWORD));
  });
});
