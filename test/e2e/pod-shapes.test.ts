import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { app, FOLDER, namespace, pod, RESTRICTED, remove, statusOf, succeeded } from '../support/e2e-pods.ts';
import { create, eventually, get, kubectl, type Manifest } from '../support/kubectl.ts';

const { cluster, vault, noVault } = inject('e2e');
const NAMESPACE = 'kf-shapes';
const HOST = 'kf-host';
const ASKING = { 'keyfirst.dev/file.password': 'vault://secret/shop/db#password' };
const FILE = `${FOLDER}/password`;
/** Succeeds only if the file is there with the right words. */
const READ = `grep -qx 'correct horse battery staple' ${FILE}`;

const reads = (extra: Manifest = {}) => app(cluster.appImage, READ, extra);
const serves = (extra: Manifest = {}) => app(cluster.appImage, `${READ} && exec sleep 3600`, extra);
const readiness = { readinessProbe: { exec: { command: ['test', '-s', FILE] }, periodSeconds: 1 } };
const template = (spec: Manifest, labels = {}): Manifest => ({
  metadata: { annotations: ASKING, labels },
  spec: { serviceAccountName: 'shop', terminationGracePeriodSeconds: 0, ...spec },
});
const object = (apiVersion: string, kind: string, name: string, spec: Manifest): Manifest => ({
  apiVersion,
  kind,
  metadata: { name, namespace: NAMESPACE },
  spec,
});
const selecting = (name: string) => ({
  selector: { matchLabels: { run: name } },
  template: template({ containers: [serves(readiness)] }, { run: name }),
});
const once = { template: template({ restartPolicy: 'Never', containers: [reads()] }), backoffLimit: 0 };
const amounts = (cpu: string, memory: string) => ({ requests: { cpu, memory }, limits: { cpu, memory } });

const WORKLOADS = [
  object('batch/v1', 'CronJob', 'every-minute', { schedule: '* * * * *', jobTemplate: { spec: once } }),
  object('apps/v1', 'Deployment', 'web', { replicas: 2, ...selecting('web') }),
  object('apps/v1', 'StatefulSet', 'db', { replicas: 2, serviceName: 'db', ...selecting('db') }),
  object('batch/v1', 'Job', 'once', once),
  object('batch/v1', 'Job', 'with-policy', {
    ...once,
    podFailurePolicy: {
      rules: [
        { action: 'FailJob', onExitCodes: { operator: 'In', values: [1, 2, 126, 127, 137] } },
        { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
      ],
    },
  }),
];

const PODS: Readonly<Record<string, Manifest>> = {
  bare: { containers: [reads()] },
  always: { restartPolicy: 'Always', containers: [serves(readiness)] },
  'native-sidecar': {
    initContainers: [serves({ name: 'helper', restartPolicy: 'Always' })],
    containers: [reads()],
  },
  'own-init-containers': {
    initContainers: [reads({ name: 'migrate' }), reads({ name: 'warm-up' })],
    containers: [reads()],
  },
  guaranteed: { containers: [reads({ resources: amounts('100m', '64Mi') }), reads({ name: 'second', resources: amounts('50m', '64Mi') })] },
  'fs-group': { securityContext: { fsGroup: 2000, fsGroupChangePolicy: 'OnRootMismatch' }, containers: [reads()] },
  'no-token': { automountServiceAccountToken: false, containers: [reads()] },
  thirteen: { containers: Array.from({ length: 13 }, (_, index) => reads({ name: `app-${index}` })) },
  'pod-resources': { resources: amounts('200m', '256Mi'), containers: [reads()] },
  'user-of-pod': {
    securityContext: { ...podWide(), runAsUser: 4242 },
    containers: [{ ...reads(), securityContext: containerOnly() }],
  },
};

function podWide() {
  const { runAsNonRoot, seccompProfile } = RESTRICTED;
  return { runAsNonRoot, seccompProfile };
}

function containerOnly() {
  const { allowPrivilegeEscalation, capabilities } = RESTRICTED;
  return { allowPrivilegeEscalation, capabilities };
}

/** The init container that must not find the file, because the pod wants ours after it. */
const LAST = pod(
  NAMESPACE,
  'ours-last',
  { ...ASKING, 'keyfirst.dev/order': 'last' },
  { initContainers: [app(cluster.appImage, `! test -e ${FILE}`, { name: 'before' })], containers: [reads()] },
);
const ON_HOST = pod(HOST, 'host-network', ASKING, { hostNetwork: true, containers: [reads()] });

describe.skipIf(vault === undefined)(`in a namespace that enforces restricted Pod Security${vault ? '' : ` (${noVault})`}`, () => {
  beforeAll(async () => {
    await create(...namespace(NAMESPACE), ...namespace(HOST, { security: 'privileged' }));
    const bare = Object.entries(PODS).map(([name, spec]) => pod(NAMESPACE, name, ASKING, spec));
    await create(...WORKLOADS, ...bare, LAST, ON_HOST);
  });

  afterAll(() => remove(NAMESPACE, HOST));

  it.each(Object.keys(PODS).filter((name) => name !== 'always'))('the pod %s reads its secret in every container', async (name) => {
    const found = await succeeded(NAMESPACE, name);
    expect(statusOf(found, 'keyfirst-init').state.terminated.exitCode).toBe(0);
  });

  it('a pod that stays up is ready with its secret', async () => {
    const said = await kubectl('wait', '-n', NAMESPACE, '--for=condition=Ready', 'pod/always', '--timeout=90s');
    expect(said).toContain('condition met');
  });

  it('a Deployment rolls out', async () => {
    await kubectl('rollout', 'status', '-n', NAMESPACE, 'deployment/web', '--timeout=120s');
    expect((await get('deployment', 'web', '-n', NAMESPACE)).status.readyReplicas).toBe(2);
  });

  it('a StatefulSet rolls out', async () => {
    await kubectl('rollout', 'status', '-n', NAMESPACE, 'statefulset/db', '--timeout=120s');
    expect((await get('statefulset', 'db', '-n', NAMESPACE)).status.readyReplicas).toBe(2);
  });

  it.each(['once', 'with-policy'])('the Job %s completes', async (name) => {
    const said = await kubectl('wait', '-n', NAMESPACE, '--for=condition=Complete', `job/${name}`, '--timeout=90s');
    expect(said).toContain('condition met');
  });

  it('a native sidecar of the pod has the files too, and starts after ours', async () => {
    const { spec } = await succeeded(NAMESPACE, 'native-sidecar');
    expect(spec.initContainers.map(({ name }: Manifest) => name)).toEqual(['keyfirst-init', 'helper']);
  });

  it("the pod's own init containers have the files, unless ours is to be last", async () => {
    const names = ({ spec }: Manifest) => spec.initContainers.map(({ name }: Manifest) => name);
    expect(names(await succeeded(NAMESPACE, 'own-init-containers'))).toEqual(['keyfirst-init', 'migrate', 'warm-up']);
    expect(names(await succeeded(NAMESPACE, 'ours-last'))).toEqual(['before', 'keyfirst-init']);
  });

  it('a Guaranteed pod stays Guaranteed', async () => {
    expect((await succeeded(NAMESPACE, 'guaranteed')).status.qosClass).toBe('Guaranteed');
  });

  it('a pod with resources of its own gets none for our container, and its class stays', async () => {
    const { spec, status } = await succeeded(NAMESPACE, 'pod-resources');
    expect(status.qosClass).toBe('Guaranteed');
    expect(spec.initContainers[0].resources).toEqual({});
  });

  it('our container takes no right that the app does not have', async () => {
    const { spec } = await succeeded(NAMESPACE, 'bare');
    expect(spec.initContainers[0].securityContext).toMatchObject({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    });
  });

  it('a pod with 13 containers keeps its termination messages apart', async () => {
    const found = await succeeded(NAMESPACE, 'thirteen');
    expect(statusOf(found, 'keyfirst-init').state.terminated.message).toContain('vault://secret/shop/db#password');
  });

  it('a pod on the host network works where its namespace allows that', async () => {
    expect((await succeeded(HOST, 'host-network')).spec.hostNetwork).toBe(true);
  });

  it('a CronJob makes a Job that completes', async () => {
    const made = await eventually(
      'a completed Job of the CronJob',
      async () => {
        const { items } = await get('jobs', '-n', NAMESPACE);
        return (items as Manifest[]).find(
          ({ metadata, status }) => metadata.ownerReferences?.[0]?.kind === 'CronJob' && (status.succeeded ?? 0) > 0,
        );
      },
      { seconds: 120, describe: () => kubectl('get', 'jobs,pods', '-n', NAMESPACE) },
    );
    expect(made.status.failed ?? 0).toBe(0);
  });
});
