import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { hash, loadApps, shellTeller, teller, toldBy } from '../../support/e2e-env-apps.ts';
import { setEnvFiles } from '../../support/e2e-env-gates.ts';
import { ENV_SECRET, PLAIN } from '../../support/e2e-env-values.ts';
import { everStarted, namespace, pod, remove, statusOf, succeeded, untilPhase } from '../../support/e2e-pods.ts';
import { putSecret } from '../../support/e2e-setup.ts';
import { restartWebhook } from '../../support/e2e-webhook.ts';
import { create, kubectl, type Manifest, tryCreate } from '../../support/kubectl.ts';

const { cluster, vault } = inject('e2e');
const { folder = '', appImage } = cluster;
const NAMESPACE = 'kf-env-gates';
const ASKING = { 'keyfirst.dev/env.SECRET': 'vault://secret/env#plain' };
const BY_FILE = { ...ASKING, 'keyfirst.dev/env-delivery': 'file-key-ref' };
const can = vault !== undefined && cluster.folder !== undefined;

const bare = { containers: [teller('scratch', ['SECRET'])] };
/** Nothing of Keyfirst: an init container writes a file as the documentation of Kubernetes has it, and the kubelet is to read it. */
const control = {
  volumes: [{ name: 'variables', emptyDir: {} }],
  initContainers: [
    shellTeller(appImage, [], {
      name: 'writer',
      after: `echo "SECRET='written'" > /variables/env`,
      volumeMounts: [{ name: 'variables', mountPath: '/variables' }],
    }),
  ],
  containers: [
    teller('scratch', ['SECRET'], {
      env: [{ name: 'SECRET', valueFrom: { fileKeyRef: { volumeName: 'variables', path: 'env', key: 'SECRET' } } }],
    }),
  ],
};
const withCommand = { containers: [shellTeller(appImage, ['SECRET'], { command: true })] };

describe.skipIf(!can)(`the gate EnvFiles is off${can ? '' : ' (the tests can switch it only in a cluster of test/cluster)'}`, () => {
  beforeAll(async () => {
    if (vault === undefined) return;
    await putSecret(vault, 'env', ENV_SECRET);
    await loadApps(folder);
    await create(...namespace(NAMESPACE));
  });
  afterAll(() => remove(NAMESPACE));

  describe('at the kubelet alone, which then ignores the field without a word', () => {
    beforeAll(async () => {
      await setEnvFiles('kubelet', false, folder);
      await create(
        pod(NAMESPACE, 'kubelet-control', {}, control),
        pod(NAMESPACE, 'kubelet-bare', ASKING, bare),
        pod(NAMESPACE, 'kubelet-command', ASKING, withCommand),
        pod(NAMESPACE, 'kubelet-forced', BY_FILE, { ...withCommand, restartPolicy: 'Always' }),
      );
      return () => setEnvFiles('kubelet', true, folder);
    });

    it('a pod that Keyfirst has nothing to do with starts with an empty variable', async () => {
      await succeeded(NAMESPACE, 'kubelet-control');
      expect((await toldBy(NAMESPACE, 'kubelet-control', 'scratch')).SECRET).toBe(hash(''));
    });

    it('an app without `command` never starts, and its pod says why and what to do', async () => {
      const found = await untilPhase(NAMESPACE, 'kubelet-bare', 'Failed');
      expect(everStarted(found, 'scratch')).toBe(false);
      expectTheCheckToSpeak(found);
      expect(await kubectl('describe', 'pod', 'kubelet-bare', '-n', NAMESPACE)).toMatch(/kubelet/);
    });

    it('nor does one that insists on file-key-ref, however often it is tried', async () => {
      await kubectl(
        'wait',
        '-n',
        NAMESPACE,
        'pod/kubelet-forced',
        '--for=jsonpath={.status.initContainerStatuses[1].restartCount}=1',
        '--timeout=60s',
      );
      const [found] = JSON.parse(
        await kubectl('get', 'pods', '-n', NAMESPACE, '--field-selector=metadata.name=kubelet-forced', '-o', 'json'),
      ).items;
      expect(everStarted(found, 'shell')).toBe(false);
    });

    it('with `command` the app has its variable', async () => {
      await succeeded(NAMESPACE, 'kubelet-command');
      expect((await toldBy(NAMESPACE, 'kubelet-command', 'shell')).SECRET).toBe(hash(PLAIN));
    });
  });

  describe('at the API server and the kubelet', () => {
    beforeAll(async () => {
      await setEnvFiles('kubelet', false, folder);
      await setEnvFiles('kube-apiserver', false, folder);
      return async () => {
        await setEnvFiles('kube-apiserver', true, folder);
        await setEnvFiles('kubelet', true, folder);
        await restartWebhook();
      };
    });

    it('a webhook that still believes the gate on lets no app start bare: the API server refuses what it drops', async () => {
      const { code, stderr } = await tryCreate([pod(NAMESPACE, 'stale', ASKING, bare)]);
      expect([code, stderr]).toEqual([1, expect.stringMatching(/env\[0\]\.valueFrom.*must specify one of/)]);
    });

    it('an app without `command` is refused, in our words', async () => {
      await restartWebhook();
      const { code, stderr } = await tryCreate([pod(NAMESPACE, 'server-bare', ASKING, bare)]);
      expect(code).toBe(1);
      expect(stderr).toMatch(/keyfirst\.dev\/env\.SECRET: .*`scratch`.*set `command`/);
    });

    it('with `command` the app has its variable', async () => {
      await create(pod(NAMESPACE, 'server-command', ASKING, withCommand));
      await succeeded(NAMESPACE, 'server-command');
      expect((await toldBy(NAMESPACE, 'server-command', 'shell')).SECRET).toBe(hash(PLAIN));
    });
  });
});

function expectTheCheckToSpeak(found: Manifest): void {
  const { exitCode, message } = statusOf(found, 'keyfirst-check').state.terminated;
  expect(exitCode).toBe(69);
  expect(message).toMatch(/kubelet does not set variables from files/);
  expect(message).toMatch(/set `command`/);
}
