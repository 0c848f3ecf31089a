import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { replicaProcesses } from '../../soak/replicas.ts';
import { app, namespace, remove } from '../support/e2e-pods.ts';
import { scaleWebhook, webhookLogs } from '../support/e2e-webhook.ts';
import { create, get, kubectl, type Manifest, run, tryCreate } from '../support/kubectl.ts';

const { cluster } = inject('e2e');
const NAMESPACE = 'kf-workloads';
const ELSEWHERE = 'kf-workloads-elsewhere';
/** The secret has several properties, so a file without an extension cannot take it. */
const BAD = { 'keyfirst.dev/file.whole': 'vault://secret/shop/db' };
const GOOD = { 'keyfirst.dev/file.password': 'vault://secret/shop/db#password' };

interface Parts {
  readonly where?: string;
  /** Around the template. */
  readonly own?: Record<string, string>;
  readonly spec?: Manifest;
}

/** A Deployment without replicas: what its pods would be is all that counts here. */
function deployment(name: string, annotations: Record<string, string>, { where = NAMESPACE, own = {}, spec = {} }: Parts = {}): Manifest {
  const labels = { run: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: where, annotations: own },
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: { metadata: { labels, annotations }, spec: { containers: [app(cluster.appImage, 'true')], ...spec } },
    },
  };
}

function job(annotations: Record<string, string>): Manifest {
  const spec = { restartPolicy: 'Never', containers: [app(cluster.appImage, 'true')] };
  return { suspend: true, template: { metadata: { annotations }, spec } };
}

const told = (stderr: string) => stderr.split('\n').filter((line) => line.includes('keyfirst: '));

/** The warnings of a creation that succeeds. */
async function warnings(object: Manifest, options?: Parameters<typeof tryCreate>[1]): Promise<string[]> {
  const { code, stderr } = await tryCreate([object], options);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return told(stderr);
}

/** The warnings of a change that succeeds. */
async function change(...args: string[]): Promise<string[]> {
  const { code, stderr } = await run('kubectl', ['-n', NAMESPACE, ...args]);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return told(stderr);
}

const names = async (kind: string): Promise<string[]> =>
  ((await get(kind, '-n', NAMESPACE)).items as Manifest[]).map(({ metadata }) => metadata.name);

beforeAll(() => create(...namespace(NAMESPACE), ...namespace(ELSEWHERE, { injection: false })));
afterAll(() => remove(NAMESPACE, ELSEWHERE));

describe('kubectl create of a workload', () => {
  it('whose pods will be refused prints every problem, and makes it', async () => {
    const lines = await warnings(deployment('bad', { ...BAD, 'keyfirst.dev/deadline': 'soon' }));

    expect(lines).toEqual([
      'Warning: keyfirst: the pods of this Deployment will be refused until these 2 problems are solved:',
      expect.stringMatching(/^Warning: keyfirst: keyfirst\.dev\/deadline: "soon".*90s/),
      expect.stringMatching(/^Warning: keyfirst: keyfirst\.dev\/file\.whole: .*\.json/),
    ]);
    expect(await names('deployments')).toContain('bad');
    expect(await webhookLogs()).toMatch(/"kind":"Deployment","name":"bad".*"outcome":"warned"/);
  });

  it('prints what works but bites', async () => {
    expect(await warnings(deployment('shared', GOOD, { spec: { shareProcessNamespace: true } }))).toEqual([
      expect.stringContaining('shareProcessNamespace'),
    ]);
  });

  it('prints where annotations belong that stand outside the pod template', async () => {
    expect(await warnings(deployment('misplaced', {}, { own: GOOD }))).toEqual([
      'Warning: keyfirst: keyfirst.dev/file.password does nothing outside the pod template; put it in spec.template.metadata.annotations',
    ]);
    const cronJob = (name: string, own: Record<string, string>, inner: Record<string, string>) => ({
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name, namespace: NAMESPACE, annotations: own },
      spec: { schedule: '0 0 1 1 *', suspend: true, jobTemplate: { spec: job(inner) } },
    });
    expect(await warnings(cronJob('misplaced', GOOD, {}))).toEqual([
      expect.stringContaining('put it in spec.jobTemplate.spec.template.metadata.annotations'),
    ]);
    expect(await warnings(cronJob('bad', {}, BAD))).toEqual([
      'Warning: keyfirst: the pods of this CronJob will be refused until this is solved:',
      expect.stringContaining('keyfirst.dev/file.whole'),
    ]);
  });

  it.each([
    { kind: 'StatefulSet', apiVersion: 'apps/v1' },
    { kind: 'DaemonSet', apiVersion: 'apps/v1' },
    { kind: 'ReplicaSet', apiVersion: 'apps/v1' },
    { kind: 'Job', apiVersion: 'batch/v1' },
  ])('knows a $kind', async ({ kind, apiVersion }) => {
    const { metadata, spec } = deployment('bad', BAD);
    const { replicas: _none, ...daemon } = spec;
    // No node has the label, so nothing runs.
    daemon.template.spec.nodeSelector = { 'example.test/none': 'here' };
    const specs: Manifest = { StatefulSet: spec, ReplicaSet: spec, DaemonSet: daemon, Job: job(BAD) };

    expect(await warnings({ apiVersion, kind, metadata, spec: specs[kind] })).toEqual([
      `Warning: keyfirst: the pods of this ${kind} will be refused until this is solved:`,
      expect.stringContaining('keyfirst.dev/file.whole'),
    ]);
  });

  it.each([
    { what: 'a good one', object: deployment('good', GOOD) },
    { what: 'one that asks for nothing', object: deployment('plain', {}) },
    { what: 'one that is switched off', object: deployment('off', { ...BAD, 'keyfirst.dev/inject': 'false' }, { own: GOOD }) },
    { what: 'a bad one in a namespace without the label', object: deployment('bad', BAD, { where: ELSEWHERE }) },
  ])('is silent for $what', async ({ object }) => {
    expect(await warnings(object)).toEqual([]);
  });

  it('warns at a dry run too', async () => {
    expect(await warnings(deployment('dry', BAD), { dryRun: true })).toHaveLength(2);
    expect(await names('deployments')).not.toContain('dry');
  });
});

describe('a change', () => {
  beforeAll(() => create(deployment('changed', BAD), deployment('marked', GOOD)));

  it.each([
    { what: 'of the image', args: ['set', 'image', 'deployment/changed', 'app=localhost/other:1'] },
    { what: 'that rolls it out anew', args: ['rollout', 'restart', 'deployment/changed'] },
  ])('$what of a bad Deployment warns', async ({ args }) => {
    expect(await change(...args)).toEqual([
      'Warning: keyfirst: the pods of this Deployment will be refused until this is solved:',
      expect.stringContaining('keyfirst.dev/file.whole'),
    ]);
  });

  it.each([
    { what: 'of its labels', args: ['label', 'deployment/changed', 'team=shop'] },
    { what: 'of annotations of others', args: ['annotate', 'deployment/changed', 'example.com/note=yes'] },
    { what: 'of its replicas', args: ['patch', 'deployment/changed', '-p', '{"spec":{"minReadySeconds":1,"replicas":0}}'] },
    { what: 'by scaling it', args: ['scale', 'deployment/changed', '--replicas=0'] },
  ])('$what makes no new pods and is silent', async ({ args }) => {
    expect(await change(...args)).toEqual([]);
  });

  it('that puts an annotation on the wrong place warns once', async () => {
    const annotate = ['annotate', 'deployment/marked', 'keyfirst.dev/file.other=vault://secret/shop/db#password'];

    expect(await change(...annotate)).toEqual([expect.stringContaining('keyfirst.dev/file.other does nothing outside the pod template')]);
    expect(await change('annotate', 'deployment/marked', 'example.com/note=yes')).toEqual([]);
  });

  it('applied again by a server-side apply that changes nothing is silent', async () => {
    const apply = () => run('kubectl', ['apply', '--server-side', '-f', '-'], JSON.stringify(deployment('applied', BAD)));
    const [first, second] = [await apply(), await apply()];

    expect([first.code, second.code]).toEqual([0, 0]);
    expect(told(first.stderr)).toHaveLength(2);
    expect(told(second.stderr)).toEqual([]);
  });
});

describe('what a workload makes itself', () => {
  it('is not reviewed: only its maker is told', async () => {
    await create(deployment('owner', BAD, { spec: {} }));
    await kubectl('wait', '-n', NAMESPACE, 'deployment/owner', '--for=jsonpath={.status.observedGeneration}=1', '--timeout=30s');
    const sets = (await get('replicasets', '-n', NAMESPACE, '-l', 'run=owner')).items as Manifest[];

    expect(sets).toHaveLength(1);
    expect(await webhookLogs()).not.toContain(`"kind":"ReplicaSet","name":"${sets[0]?.metadata.name}"`);
  });
});

describe('with replicas that hang', () => {
  const far = cluster.folder === undefined ? ' (processes of a cluster that is not ours cannot be paused)' : '';

  it.skipIf(far !== '')(`a Deployment is made without a word, and its time-out counted${far}`, async () => {
    const replicas = [...(await replicaProcesses()).values()];
    expect(replicas).toHaveLength(2);
    for (const pid of replicas) process.kill(pid, 'SIGSTOP');
    try {
      expect(await warnings(deployment('hanging', BAD))).toEqual([]);
    } finally {
      for (const pid of replicas) process.kill(pid, 'SIGCONT');
    }
    expect(await names('deployments')).toContain('hanging');
    expect(await kubectl('get', '--raw', '/metrics')).toMatch(
      /^apiserver_admission_webhook_fail_open_count\{name="workloads\.keyfirst\.dev".*\} [1-9]/m,
    );
    expect(await warnings(deployment('awake', BAD))).not.toEqual([]);
  });
});

describe('with the webhook scaled to zero', () => {
  beforeAll(async () => {
    await scaleWebhook(0);
    return () => scaleWebhook(2);
  });

  it('a Deployment is made without a word', async () => {
    expect(await warnings(deployment('meanwhile', BAD))).toEqual([]);
    expect(await names('deployments')).toContain('meanwhile');
  });
});
