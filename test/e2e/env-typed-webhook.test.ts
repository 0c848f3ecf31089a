import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { hash, loadApps, shellTeller, teller, toldBy } from '../support/e2e-env-apps.ts';
import { type Standing, startTypedWebhook, type TypedWebhook } from '../support/e2e-env-typed.ts';
import { ENV_SECRET, PLAIN } from '../support/e2e-env-values.ts';
import { namespace, pod, remove, succeeded } from '../support/e2e-pods.ts';
import { putSecret } from '../support/e2e-setup.ts';
import { create, type Manifest, type Ran, tryCreate } from '../support/kubectl.ts';

const { cluster, vault } = inject('e2e');
const { folder = '', appImage } = cluster;
const NAMESPACE = 'kf-env-typed';
const ASKING = { 'keyfirst.dev/env.SECRET': 'vault://secret/env#plain' };
const can = vault !== undefined && cluster.folder !== undefined;

/** `last`: it is called once more after our repair, so nobody can mend what it drops then. */
const STANDINGS: readonly (Standing & { readonly last?: true })[] = [
  { name: 'before-once', order: 'before', reinvocationPolicy: 'Never' },
  { name: 'before-again', order: 'before', reinvocationPolicy: 'IfNeeded' },
  { name: 'after-once', order: 'after', reinvocationPolicy: 'Never' },
  { name: 'after-again', order: 'after', reinvocationPolicy: 'IfNeeded', last: true },
];
/** Ways to have a variable; in the last, one container has it from the kubelet, one from the wrapper. */
const SHAPES: Readonly<Record<string, [annotations: Record<string, string>, containers: Manifest[]]>> = {
  'by-file': [ASKING, [teller('scratch', ['SECRET'], { name: 'app' })]],
  'by-file-with-command': [
    { ...ASKING, 'keyfirst.dev/env-delivery': 'file-key-ref' },
    [shellTeller(appImage, ['SECRET'], { name: 'app', command: true })],
  ],
  'by-exec': [ASKING, [shellTeller(appImage, ['SECRET'], { name: 'app', command: true })]],
  both: [ASKING, [teller('scratch', ['SECRET'], { name: 'app' }), shellTeller(appImage, ['SECRET'], { command: true })]],
};
const needsKubelet = (shape: string) => shape !== 'by-exec';
const shapes = Object.keys(SHAPES);

describe.skipIf(!can)(
  `a webhook of someone else rewrites pods through types of Kubernetes 1.31${can ? '' : ' (it can only run beside a cluster of test/cluster)'}`,
  () => {
    let typed: TypedWebhook | undefined;
    const created = new Map<string, Ran>();

    beforeAll(async () => {
      if (vault === undefined) return;
      await putSecret(vault, 'env', ENV_SECRET);
      await loadApps(folder);
      await create(...namespace(NAMESPACE));
      typed = await startTypedWebhook(folder, STANDINGS);
      for (const standing of STANDINGS) {
        for (const [shape, [annotations, containers]] of Object.entries(SHAPES)) {
          const wanted = pod(NAMESPACE, `${standing.name}-${shape}`, annotations, { containers });
          wanted.metadata.labels = { typed: standing.name };
          created.set(wanted.metadata.name, await tryCreate([wanted]));
        }
      }
    });
    afterAll(async () => {
      await typed?.[Symbol.asyncDispose]();
      await remove(NAMESPACE);
    });

    describe.each(STANDINGS)('$order ours, called again: $reinvocationPolicy', ({ name, last = false }) => {
      it.each(shapes)('%s: no app starts without its secret', async (shape) => {
        const podName = `${name}-${shape}`;
        const answer = created.get(podName);
        if (last && needsKubelet(shape)) {
          expect(answer?.code).toBe(1);
          expect(answer?.stderr).toMatch(/env\[0\]\.valueFrom.*must specify one of/);
          return;
        }
        expect(answer).toMatchObject({ code: 0 });
        await succeeded(NAMESPACE, podName);
        for (const { name: container } of SHAPES[shape]?.[1] ?? [])
          expect((await toldBy(NAMESPACE, podName, container)).SECRET).toBe(hash(PLAIN));
      });
    });

    it('did drop the field: the tests above met what they are about', () => {
      const droppedFor = (standing: string) =>
        (typed?.dropped ?? []).filter((line) => line.startsWith(`${standing}-by-file `) && line.endsWith('/fileKeyRef'));
      expect(Object.fromEntries(STANDINGS.map(({ name }) => [name, droppedFor(name).length > 0]))).toEqual({
        'before-once': false,
        'before-again': true,
        'after-once': true,
        'after-again': true,
      });
    });
  },
);
