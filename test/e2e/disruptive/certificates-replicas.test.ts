import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ownerOfCa } from '../../../src/tls/ca-name.ts';
import { clusterProcess } from '../../support/cluster-process.ts';
import { peerOf, trusted } from '../../support/e2e-certificates.ts';
import { type CreationAnswer, streamCreations } from '../../support/e2e-creations.ts';
import { app, namespace, pod, remove } from '../../support/e2e-pods.ts';
import { SYSTEM } from '../../support/e2e-setup.ts';
import { metricsOf, scaleWebhook, webhookPods } from '../../support/e2e-webhook.ts';
import { create, eventually, get, kubectl, type Manifest, run } from '../../support/kubectl.ts';

const { cluster } = inject('e2e');
const NAMESPACE = 'kf-replicas';
const ASKING = { 'keyfirst.dev/file.password': 'vault://secret/shop/db#password' };
const MINUTES = 60_000;

const creations = (options?: { pause: number }) =>
  streamCreations(NAMESPACE, pod(NAMESPACE, 'dry', ASKING, { containers: [app(cluster.appImage, 'true')] }), options);
const refused = (answers: readonly CreationAnswer[]) => answers.filter(({ injected }) => !injected);
const byName = (a: string, b: string) => a.localeCompare(b);
const living = async () => (await webhookPods()).map(({ metadata }) => metadata.name as string).sort(byName);
const inBundle = async () => (await trusted()).map(({ subject }) => ownerOfCa(subject)?.podName ?? subject).sort(byName);

beforeAll(() => create(...namespace(NAMESPACE)));
afterAll(() => remove(NAMESPACE));

describe('replicas that join and leave', () => {
  it('from 1 to 5 to 1: the bundle ends with exactly those that live', async () => {
    await scaleWebhook(1);
    await scaleWebhook(5);
    const five = await living();
    expect(five).toHaveLength(5);
    expect(await inBundle()).toEqual(expect.arrayContaining(five));

    await scaleWebhook(1);
    await eventually('the bundle holds the living', async () => {
      const names = await living();
      return names.length === 1 && JSON.stringify(await inBundle()) === JSON.stringify(names);
    });
    await scaleWebhook(2);
  });
});

/** Node's clock put on or back, as that of a node whose time service failed. */
const CLOCK = `const Real = Date, off = Number(process.env.CLOCK_OFF);
globalThis.Date = class Date extends Real {
  constructor(...given) { given.length === 0 ? super(Real.now() + off) : super(...given); }
  static now() { return Real.now() + off; }
};`;

describe('clocks that are wrong, one by more than any certificate is made to bear', () => {
  const OFF = { fast: 300 * MINUTES, slow: -10 * MINUTES };

  beforeAll(async () => {
    await create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'clock', namespace: SYSTEM },
      data: { 'clock.cjs': CLOCK },
    });
    const deployment = await get('deployment', 'keyfirst', '-n', SYSTEM);
    await create(...Object.entries(OFF).map(([name, off]) => withClock(deployment, name, off)));
    for (const name of Object.keys(OFF)) await kubectl('rollout', 'status', '-n', SYSTEM, `deployment/${name}`, '--timeout=120s');
  });
  afterAll(async () => {
    await kubectl('delete', 'deployment', '-n', SYSTEM, ...Object.keys(OFF), '--ignore-not-found');
    await kubectl('delete', 'configmap', 'clock', '-n', SYSTEM, '--ignore-not-found');
    await scaleWebhook(2);
  });

  it('each serves every creation alone, and renews meanwhile', async () => {
    const first = await serials();
    expect(Object.keys(first)).toHaveLength(4);
    await kubectl('scale', '-n', SYSTEM, 'deployment/keyfirst', '--replicas=0');
    for (const [alone, other] of [
      ['slow', 'fast'],
      ['fast', 'slow'],
    ] as const) {
      await kubectl('scale', '-n', SYSTEM, `deployment/${alone}`, '--replicas=1');
      await kubectl('rollout', 'status', '-n', SYSTEM, `deployment/${alone}`, '--timeout=60s');
      await kubectl('scale', '-n', SYSTEM, `deployment/${other}`, '--replicas=0');
      await eventually('one is left', async () => (await webhookPods()).length === 1);
      await using stream = await creations({ pause: 20 });
      const before = await serials();
      await eventually('a renewal', async () => JSON.stringify(await serials()) !== JSON.stringify(before), { seconds: 60 });
      const answers = await stream.stop();
      const [only] = await webhookPods();

      expect(only?.metadata.labels.clock).toBe(alone);
      expect(answers.length).toBeGreaterThan(50);
      expect(refused(answers)).toEqual([]);
      expect(await metricsOf(only ?? {})).toMatch(/keyfirst_admissions_total\{outcome="inject".*\} [1-9]/);
    }
  });

  /** Serial number of what each pod shows to whoever trusts the bundle, on a machine whose clock is right. */
  async function serials(): Promise<Record<string, string>> {
    const ca = (await trusted()).map(String);
    const found = (await webhookPods()).map(async ({ metadata, status }) => [metadata.name, (await peerOf(status.podIP, ca)).serialNumber]);
    return Object.fromEntries(await Promise.all(found));
  }
});

function withClock({ spec }: Manifest, name: string, off: number): Manifest {
  const changed = structuredClone(spec) as Manifest;
  changed.replicas = 1;
  changed.selector.matchLabels.clock = name;
  changed.template.metadata.labels.clock = name;
  const [container] = changed.template.spec.containers;
  const others = container.env.filter((variable: Manifest) => variable.name !== 'KEYFIRST_CERTIFICATE_LIFETIME');
  container.env = [
    ...others,
    { name: 'KEYFIRST_CERTIFICATE_LIFETIME', value: '30s' },
    { name: 'CLOCK_OFF', value: String(off) },
    { name: 'NODE_OPTIONS', value: '--require=/clock/clock.cjs' },
  ];
  container.volumeMounts.push({ name: 'clock', mountPath: '/clock', readOnly: true });
  changed.template.spec.volumes.push({ name: 'clock', configMap: { name: 'clock' } });
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace: SYSTEM }, spec: changed };
}

const far = cluster.folder === undefined ? ' (the tests can stop only the API server of test/cluster)' : '';
describe.skipIf(far !== '')(`replicas that start while the API server is away${far}`, () => {
  beforeAll(() => create(...namespace(`${NAMESPACE}-away`)));
  afterAll(() => remove(`${NAMESPACE}-away`));

  it('serve soon after its return', async () => {
    const log = join(cluster.folder ?? '', 'log/kube-apiserver');
    const server = clusterProcess('kube-apiserver');
    // One that was scaled down may still drain.
    const before = await eventually('two replicas run', async () => {
      const running = webhookProcesses();
      return running.length === 2 ? running : undefined;
    });
    await server.kill();
    for (const pid of before) process.kill(pid, 'SIGKILL');
    await eventually('the kubelet started both again', async () => webhookProcesses().filter((pid) => !before.includes(pid)).length === 2);
    await setTimeout(2_000);

    await using stream = await streamCreations(
      `${NAMESPACE}-away`,
      pod(`${NAMESPACE}-away`, 'dry', ASKING, { containers: [app(cluster.appImage, 'true')] }),
      { pause: 20 },
    );
    server.start(log);
    while (!(await isReady())) await setTimeout(10);
    const back = Date.now();
    await eventually('a creation', async () => stream.answers.some(({ injected }) => injected));
    await setTimeout(5_000);
    const answers = await stream.stop();
    const first = (answers.find(({ injected }) => injected)?.at ?? Number.NaN) - back;
    const last = Math.max(0, ...refused(answers).map(({ at }) => at - back));
    process.stdout.write(`API server away: first creation ${first} ms after its return, last refusal after ${last} ms\n`);

    expect(first).toBeLessThan(10_000);
    expect(refused(answers.filter(({ at }) => at > Date.now() - 2_000))).toEqual([]);
  });
});

async function isReady(): Promise<boolean> {
  return (await run('kubectl', ['get', '--raw', '/readyz'])).code === 0;
}

/** Processes of the webhook's containers: on the node of our own cluster they are visible. */
function webhookProcesses(): number[] {
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      return readFileSync(`/proc/${entry}/environ`, 'utf8').includes('\0KEYFIRST_WEBHOOK_CONFIGURATION=') ? [Number(entry)] : [];
    } catch {
      return [];
    }
  });
}
