import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { app, namespace, pod, remove, succeeded } from '../support/e2e-pods.ts';
import { create, get, type Manifest, tryCreate } from '../support/kubectl.ts';

const { cluster, vault, noVault } = inject('e2e');
const NAMESPACE = 'kf-again';
const ASKING = { 'keyfirst.dev/file.password': 'vault://secret/shop/db#password' };
const SCRIPT = 'test -s /keyfirst/secrets/password';
const wanted = (name: string) => pod(NAMESPACE, name, ASKING, { containers: [app(cluster.appImage, SCRIPT)] });

/** What the API server keeps of an object when a person exports it and creates it elsewhere. */
function exported({ apiVersion, kind, metadata, spec }: Manifest, name: string): Manifest {
  const { nodeName: _nodeName, ...rest } = spec;
  return { apiVersion, kind, metadata: { name, namespace: metadata.namespace, annotations: metadata.annotations }, spec: rest };
}

const additions = ({ spec, metadata }: Manifest) => ({
  init: spec.initContainers.map(({ name, env, image }: Manifest) => ({ name, env, image })),
  volumes: spec.volumes
    .map(({ name }: Manifest) => name as string)
    .filter((name: string) => name.startsWith('keyfirst'))
    .sort(),
  mounts: spec.containers.map(({ volumeMounts }: Manifest) => volumeMounts.filter(({ name }: Manifest) => name.startsWith('keyfirst'))),
  status: metadata.annotations['keyfirst.dev/status'],
});

describe.skipIf(vault === undefined)(`the webhook sees a pod again${vault ? '' : ` (${noVault})`}`, () => {
  beforeAll(async () => {
    await create(...namespace(NAMESPACE), wanted('first'));
  });

  afterAll(() => remove(NAMESPACE));

  it('a dry run shows the pod as it would be, and makes none', async () => {
    const { code, stdout } = await tryCreate([wanted('dry')], { dryRun: true });
    expect(code).toBe(0);
    const shown = JSON.parse(stdout) as Manifest;
    expect(shown.spec.initContainers[0].name).toBe('keyfirst-init');
    expect(shown.spec.containers[0].volumeMounts).toContainEqual({
      name: 'keyfirst-secrets',
      mountPath: '/keyfirst/secrets',
      readOnly: true,
    });
    expect((await get('pods', '-n', NAMESPACE)).items.map(({ metadata }: Manifest) => metadata.name)).not.toContain('dry');
  });

  it('an injected pod that is exported and created again is complete: nothing twice, nothing missing', async () => {
    const first = await succeeded(NAMESPACE, 'first');
    await create(exported(first, 'second'));
    const second = await succeeded(NAMESPACE, 'second');
    expect(additions(second)).toEqual(additions(first));
  });

  it('an injected pod that gained a container has the mount there too', async () => {
    const first = exported(await succeeded(NAMESPACE, 'first'), 'third');
    const late = app(cluster.appImage, SCRIPT, { name: 'late' });
    await create({ ...first, spec: { ...first.spec, containers: [...first.spec.containers, late] } });
    const third = await succeeded(NAMESPACE, 'third');
    expect(additions(third).mounts[1]).toEqual(additions(third).mounts[0]);
    expect(additions(third).init.map(({ name }: Manifest) => name)).toEqual(['keyfirst-init']);
  });

  it('a pod with a container of our name that is not ours is refused', async () => {
    const forged = wanted('forged');
    forged.spec.initContainers = [app(cluster.appImage, 'true', { name: 'keyfirst-init' })];
    const { code, stderr } = await tryCreate([forged]);
    expect(code).not.toBe(0);
    expect(stderr).toContain('keyfirst-init');
  });
});
