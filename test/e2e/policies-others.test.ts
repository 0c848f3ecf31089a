import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type ApiAnswer, type ApiCall, apiClient } from '../support/api-client.ts';
import { app, namespace, pod, remove } from '../support/e2e-pods.ts';
import { brokenRules, dryCreate, tellAllRules } from '../support/e2e-policies.ts';
import { startRewriters } from '../support/e2e-rewriter.ts';
import { create, eventually, get, kubectl, type Manifest, run, tryCreate } from '../support/kubectl.ts';

const { cluster } = inject('e2e');
const OPTED_IN = 'kf-policies-on';
const WITHOUT_LABEL = 'kf-policies-off';
const DISABLED = 'kf-policies-disabled';
const FILE = { 'keyfirst.dev/file.password': 'vault://secret/shop/db#password' };
const containers = [app(cluster.appImage, 'sleep 3600')];

let client: (call: ApiCall) => Promise<ApiAnswer>;

beforeAll(async () => {
  client = await apiClient();
  const disabled = namespace(DISABLED, { injection: false });
  const [first] = disabled;
  if (first !== undefined) first.metadata.labels['keyfirst.dev/injection'] = 'disabled';
  await create(...namespace(OPTED_IN), ...namespace(WITHOUT_LABEL, { injection: false }), ...disabled);
});
afterAll(() => remove(OPTED_IN, WITHOUT_LABEL, DISABLED));

describe('a pod that is there already', () => {
  let rules: AsyncDisposable | undefined;
  const path = `/api/v1/namespaces/${OPTED_IN}/pods/running`;
  const debug = (name: string, volumeMounts: Manifest[]) => ({
    name,
    image: cluster.appImage,
    command: ['true'],
    ...(volumeMounts.length === 0 ? {} : { volumeMounts }),
    securityContext: containers[0]?.securityContext,
  });
  const addDebug = (container: Manifest) =>
    client({
      method: 'PATCH',
      path: `${path}/ephemeralcontainers?dryRun=All`,
      body: [{ op: 'add', path: '/spec/ephemeralContainers', value: [container] }],
    });
  const update = (operation: object) => client({ method: 'PATCH', path: `${path}?dryRun=All`, body: [operation] });

  beforeAll(async () => {
    const asking = { ...FILE, 'keyfirst.dev/env.PASSWORD': 'vault://secret/shop/db#password', 'keyfirst.dev/env-delivery': 'file-key-ref' };
    await create(pod(OPTED_IN, 'running', asking, { containers }));
    rules = await tellAllRules('keyfirst-ephemeral-containers');
    const forbidden = debug('x', [{ name: 'keyfirst-env', mountPath: '/env', readOnly: true }]);
    await eventually('the rules tell', async () => brokenRules(await addDebug(forbidden)).length > 0);
  });
  afterAll(() => rules?.[Symbol.asyncDispose]());

  it.each([
    ['keyfirst-identity', true, /must not mount keyfirst-identity or keyfirst-env/],
    ['keyfirst-env', true, /must not mount keyfirst-identity or keyfirst-env/],
    ['keyfirst-secrets', false, /only with readOnly: true/],
  ])('no debug container mounts %s (read-only: %s)', async (name, readOnly, message) => {
    const answer = await addDebug(debug('debug', [{ name, mountPath: '/x', ...(readOnly ? { readOnly } : {}) }]));
    expect(answer).toMatchObject({ code: 422, body: { message: expect.stringMatching(message) } });
    expect(brokenRules(answer)).toEqual([expect.stringMatching(message)]);
  });

  it.each(['keyfirst-init', 'keyfirst-check'])('no debug container targets %s', async (targetContainerName) => {
    const answer = await addDebug({ ...debug('debug', []), targetContainerName });
    expect(answer.code).toBe(422);
    expect(answer.body.message).toContain('must not target keyfirst-init or keyfirst-check');
  });

  it('kubectl debug says so', async () => {
    const custom = join(mkdtempSync(join(tmpdir(), 'keyfirst-debug-')), 'custom.json');
    writeFileSync(custom, JSON.stringify({ volumeMounts: [{ name: 'keyfirst-identity', mountPath: '/id' }] }));
    const args = [
      'debug',
      '-n',
      OPTED_IN,
      'running',
      `--image=${cluster.appImage}`,
      `--custom=${custom}`,
      '--profile=restricted',
      '--',
      'true',
    ];
    const { code, stderr } = await run('kubectl', args);
    rmSync(dirname(custom), { recursive: true });
    expect(code).not.toBe(0);
    expect(stderr).toContain('a debug container must not mount keyfirst-identity');
  });

  it.each([
    ['no volume', []],
    ['the files read-only', [{ name: 'keyfirst-secrets', mountPath: '/x', readOnly: true }]],
  ])('a debug container may mount %s', async (_, mounts) => {
    expect(await addDebug(debug('debug', mounts))).toMatchObject({ code: 200, warnings: [] });
  });

  it.each(['keyfirst-init', 'keyfirst-check'])('the image of %s stays of our repository, also without annotations', async (name) => {
    const { spec } = await get('pod', 'running', '-n', OPTED_IN);
    const index = spec.initContainers.findIndex((container: Manifest) => container.name === name);
    const image = (value: string) => ({ op: 'add', path: `/spec/initContainers/${index}/image`, value });
    const answer = await update(image('registry.test/evil:1'));
    expect(answer).toMatchObject({ code: 422, body: { message: expect.stringContaining('may only be changed to ones of') } });
    expect(brokenRules(answer)).toHaveLength(1);
    expect(await update(image(cluster.images.injector.replace(/:[^:/]*$/, ':99')))).toMatchObject({ code: 200, warnings: [] });
    const bare = [{ op: 'add', path: '/metadata/annotations', value: {} }, image('registry.test/evil:1')];
    expect(await client({ method: 'PATCH', path: `${path}?dryRun=All`, body: bare })).toMatchObject({ code: 422 });
  });

  it('everything else of it may be changed', async () => {
    expect(await update({ op: 'add', path: '/metadata/finalizers', value: ['example.test/stay'] })).toMatchObject({
      code: 200,
      warnings: [],
    });
    expect(await update({ op: 'add', path: '/spec/containers/0/image', value: 'other:1' })).toMatchObject({ code: 200, warnings: [] });
  });
});

describe('in a namespace without the label', () => {
  const template = (annotations: object) => ({
    metadata: { labels: { run: 'x' }, annotations },
    spec: { containers, restartPolicy: 'Always' },
  });
  const once = (annotations: object) => ({ template: { ...template(annotations), spec: { containers, restartPolicy: 'Never' } } });
  const workload = (apiVersion: string, kind: string, spec: Manifest, where = WITHOUT_LABEL): Manifest => ({
    apiVersion,
    kind,
    metadata: { name: 'warned', namespace: where },
    spec,
  });
  const selecting = (annotations: object) => ({ selector: { matchLabels: { run: 'x' } }, template: template(annotations) });
  const kinds = (annotations: Record<string, string>, where = WITHOUT_LABEL): Manifest[] => [
    pod(where, 'warned', annotations, { containers }),
    workload('apps/v1', 'Deployment', selecting(annotations), where),
    workload('apps/v1', 'StatefulSet', { serviceName: 'x', ...selecting(annotations) }, where),
    workload('apps/v1', 'DaemonSet', selecting(annotations), where),
    workload('batch/v1', 'Job', once(annotations), where),
    workload('batch/v1', 'CronJob', { schedule: '* * * * *', jobTemplate: { spec: once(annotations) } }, where),
  ];
  const KINDS = kinds({}).map(({ kind }) => String(kind));
  const warningsOf = async (objects: readonly Manifest[]) => {
    const { code, stderr } = await tryCreate(objects, { dryRun: true });
    return { code, warnings: stderr.split('\n').filter((line) => line.startsWith('Warning:') && line.includes('keyfirst-not-enabled')) };
  };

  it.each(KINDS)('the author of a %s is warned, and it is made all the same', async (kind) => {
    const { code, warnings } = await warningsOf(kinds(FILE).filter((object) => object.kind === kind));
    expect(code).toBe(0);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('keyfirst.dev/file.password asks for a secret');
    expect(warnings[0]).toContain(`kubectl label namespace ${WITHOUT_LABEL} keyfirst.dev/injection=enabled`);
  });

  it.each([
    ['asks for nothing', { 'keyfirst.dev/order': 'first', 'example.com/file.x': 'y' }, WITHOUT_LABEL],
    ['is switched off', { ...FILE, 'keyfirst.dev/inject': 'false' }, WITHOUT_LABEL],
    ['is in a namespace labelled disabled', FILE, DISABLED],
  ])('nobody is warned of what %s', async (_, annotations, where) => {
    expect(await warningsOf(kinds(annotations, where))).toEqual({ code: 0, warnings: [] });
  });

  it('a pod of the mirror kind is none of ours', async () => {
    const mirror = pod(WITHOUT_LABEL, 'mirror', { ...FILE, 'kubernetes.io/config.mirror': 'x' }, { containers, nodeName: 'any' });
    const { serviceAccountName: _, ...spec } = mirror.spec;
    const answer = await dryCreate(client, { ...mirror, spec: { ...spec, automountServiceAccountToken: false } });
    expect(answer.warnings).toEqual([]);
  });

  it('the label ends the warning', async () => {
    await kubectl('label', 'namespace', WITHOUT_LABEL, 'keyfirst.dev/injection=enabled');
    const deployment = kinds(FILE).slice(1, 2);
    await eventually('no warning', async () => (await warningsOf(deployment)).warnings.length === 0);
    expect((await warningsOf(deployment)).code).toBe(0);
  });
});

const own = cluster.folder !== undefined;
describe.skipIf(!own)(`webhooks of others, called after ours${own ? '' : ' (they can only run beside a cluster of test/cluster)'}`, () => {
  const dropContainer = ({ spec }: Manifest, name: string) => {
    const index = (spec.initContainers ?? []).findIndex((container: Manifest) => container.name === name);
    return index < 0 ? [] : [{ op: 'remove', path: `/spec/initContainers/${index}` }];
  };
  const image = { op: 'replace', path: '/spec/initContainers/0/image', value: 'registry.test/evil:1' };
  let rewriters: AsyncDisposable | undefined;
  const asked = async (rewriter: string) => {
    const wanted = pod(OPTED_IN, 'rewritten', FILE, { containers });
    wanted.metadata.labels = { rewriter };
    return dryCreate(client, wanted);
  };

  beforeAll(async () => {
    rewriters = await startRewriters([
      { name: 'removes-once', reinvocationPolicy: 'Never', rewrite: (of) => dropContainer(of, 'keyfirst-init') },
      { name: 'removes-again', reinvocationPolicy: 'IfNeeded', rewrite: (of) => dropContainer(of, 'keyfirst-init') },
      { name: 'forges-image', reinvocationPolicy: 'IfNeeded', rewrite: () => [image] },
      // Behind our second call: `status` is there in the first round already, so it waits for its own mark.
      {
        name: 'forges-late',
        reinvocationPolicy: 'IfNeeded',
        rewrite: ({ metadata }) =>
          metadata.labels.marked === undefined ? [{ op: 'add', path: '/metadata/labels/marked', value: 'yes' }] : [image],
      },
    ]);
    await eventually('the last one is called', async () => (await asked('forges-image')).code !== 201);
  });
  afterAll(() => rewriters?.[Symbol.asyncDispose]());

  it('one that takes keyfirst-init away once: the webhook puts it back', async () => {
    const { code, body } = await asked('removes-once');
    expect({ code, init: body.spec?.initContainers?.map(({ name }: Manifest) => name) }).toEqual({ code: 201, init: ['keyfirst-init'] });
  });

  it('one that takes it away each time: the policy refuses', async () => {
    const { code, body } = await asked('removes-again');
    expect({ code, message: body.message }).toEqual({ code: 422, message: expect.stringContaining('has no init container keyfirst-init') });
  });

  it('one that rewrites it while the webhook can still see it: the webhook refuses', async () => {
    expect((await asked('forges-image')).body.message).toContain('is not as Keyfirst would add it');
  });

  it('one that rewrites it when nobody is asked any more: the policy refuses', async () => {
    const { code, body } = await asked('forges-late');
    expect({ code, message: body.message }).toEqual({
      code: 422,
      message: expect.stringContaining('the image of keyfirst-init is registry.test/evil:1'),
    });
  });
});
