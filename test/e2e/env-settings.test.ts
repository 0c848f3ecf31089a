import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { hash, shellTeller, toldBy } from '../support/e2e-env-apps.ts';
import { ENV_SECRET, PLAIN } from '../support/e2e-env-values.ts';
import { namespace, pod, remove, succeeded } from '../support/e2e-pods.ts';
import { keepValues, upgradeWith } from '../support/e2e-release.ts';
import { putSecret } from '../support/e2e-setup.ts';
import { create, type Manifest } from '../support/kubectl.ts';

const { cluster, vault, noVault } = inject('e2e');
const NAMESPACE = 'kf-env-settings';
const ASKING = { 'keyfirst.dev/env.SECRET': 'vault://secret/env#plain' };
const VALUES = ['settings.env.check=false', 'settings.env.wrapper=image-volume'];

const names = (items: Manifest[] = []) => items.map(({ name }) => name as string);

describe.skipIf(vault === undefined)(
  `an admin vouches for the nodes, and has the wrapper come as an image${vault ? '' : ` (${noVault})`}`,
  () => {
    let kept: AsyncDisposable | undefined;
    beforeAll(async () => {
      if (vault === undefined) return;
      await putSecret(vault, 'env', ENV_SECRET);
      kept = await keepValues();
      await upgradeWith(...VALUES.flatMap((value) => ['--set', value]));
      await create(
        ...namespace(NAMESPACE),
        pod(NAMESPACE, 'by-file', ASKING, { containers: [shellTeller(cluster.appImage, ['SECRET'], { command: true })] }),
        pod(
          NAMESPACE,
          'by-exec',
          { ...ASKING, 'keyfirst.dev/env-delivery': 'exec' },
          { containers: [shellTeller(cluster.appImage, ['SECRET'], { command: true })] },
        ),
      );
    });
    afterAll(async () => {
      await kept?.[Symbol.asyncDispose]();
      await remove(NAMESPACE);
    });

    it('the kubelet sets variables, and no container checks it', async () => {
      const { spec } = await succeeded(NAMESPACE, 'by-file');
      expect(names(spec.initContainers)).toEqual(['keyfirst-init']);
      expect(spec.containers[0].env[0].valueFrom.fileKeyRef.volumeName).toBe('keyfirst-env');
      expect((await toldBy(NAMESPACE, 'by-file', 'shell')).SECRET).toBe(hash(PLAIN));
    });

    it('the wrapper is run from a volume of the injector image', async () => {
      const { spec } = await succeeded(NAMESPACE, 'by-exec');
      expect(names(spec.volumes)).toContain('keyfirst-bin');
      expect(spec.containers[0].command[0]).toBe('/keyfirst/bin/keyfirst-exec');
      expect((await toldBy(NAMESPACE, 'by-exec', 'shell')).SECRET).toBe(hash(PLAIN));
    });
  },
);
