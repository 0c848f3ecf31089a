import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { CHART } from '../../scripts/helm.ts';
import { streamCreations } from '../support/e2e-creations.ts';
import { app, namespace, pod, remove } from '../support/e2e-pods.ts';
import { type KeptValues, keepValues, untilDrained } from '../support/e2e-release.ts';
import { RELEASE, SYSTEM } from '../support/e2e-setup.ts';
import { create, eventually, get, kubectl, type Manifest, must, run, tryCreate } from '../support/kubectl.ts';

const { cluster, vault, noVault } = inject('e2e');
const NAMESPACE = 'kf-upgrade';
const ASKING = { 'keyfirst.dev/file.password': 'vault://secret/shop/db#password' };
/** The chart before the present one, as it was; see test/fixtures/charts/README.md. */
const PREVIOUS = join(import.meta.dirname, '../fixtures/charts/keyfirst-0.1.0.tgz');
const WAIT = ['--wait', '--timeout', '2m'];

const asking = (name: string): Manifest =>
  pod(NAMESPACE, name, ASKING, { containers: [app(cluster.appImage, 'test -s /keyfirst/secrets/password')] });
const helm = (...args: string[]) => must('helm', [...args, '-n', SYSTEM]);
let kept: KeptValues | undefined;
let values: string;

/** What the API server says to the stream while Helm works, and that Helm's work is done in the end. */
async function underStream(work: () => Promise<unknown>) {
  const stream = await streamCreations(NAMESPACE, asking('dry'));
  try {
    await work();
    await untilDrained();
  } finally {
    const answers = await stream.stop();
    expect(answers.filter(({ injected }) => !injected)).toEqual([]);
    expect(answers.length).toBeGreaterThan(20);
  }
}

async function phaseOf(name: string): Promise<string> {
  await create(asking(name));
  return await eventually(
    `${name} ends`,
    async () => /^(Succeeded|Failed)$/.exec((await get('pod', name, '-n', NAMESPACE)).status.phase)?.[0],
    {
      describe: () => kubectl('describe', 'pod', name, '-n', NAMESPACE),
    },
  );
}

describe('the chart through its versions', () => {
  beforeAll(async () => {
    kept = await keepValues();
    ({ values } = kept);
    await helm('uninstall', RELEASE, '--wait');
    await must('helm', ['install', RELEASE, PREVIOUS, '-n', SYSTEM, '--values', '-', ...WAIT], values);
    await create(...namespace(NAMESPACE));
  });
  afterAll(async () => {
    await remove(NAMESPACE);
    await kept?.[Symbol.asyncDispose]();
  });

  it('is upgraded without one refused or bare pod', async () => {
    await underStream(() => must('helm', ['upgrade', RELEASE, CHART, '-n', SYSTEM, '--values', '-', ...WAIT], values));
    const { items } = await get('deployments', '-n', SYSTEM, '-l', `app.kubernetes.io/instance=${RELEASE}`);
    expect(items[0].metadata.labels['helm.sh/chart']).not.toBe('keyfirst-0.1.0');
  });

  it.skipIf(vault === undefined)(`gives pods their secrets afterwards${vault === undefined ? ` (${noVault})` : ''}`, async () => {
    expect(await phaseOf('upgraded')).toBe('Succeeded');
  });

  it('is rolled back without one refused or bare pod', async () => {
    await underStream(() => helm('rollback', RELEASE, '1', ...WAIT));
    const { items } = await get('deployments', '-n', SYSTEM, '-l', `app.kubernetes.io/instance=${RELEASE}`);
    expect(items[0].metadata.labels['helm.sh/chart']).toBe('keyfirst-0.1.0');
  });

  it.skipIf(vault === undefined)(`gives pods their secrets then, too${vault === undefined ? ` (${noVault})` : ''}`, async () => {
    expect(await phaseOf('rolled-back')).toBe('Succeeded');
  });

  it('runs as a user that the platform chose', async () => {
    await must('helm', ['upgrade', RELEASE, CHART, '-n', SYSTEM, '--values', '-', ...WAIT], values);
    const user = [{ op: 'add', path: '/spec/template/spec/securityContext/runAsUser', value: 1_000_660_000 }];
    const group = [{ op: 'add', path: '/spec/template/spec/securityContext/runAsGroup', value: 0 }];
    await kubectl('patch', 'deployment', RELEASE, '-n', SYSTEM, '--type=json', '-p', JSON.stringify([...user, ...group]));
    expect(await kubectl('rollout', 'status', '-n', SYSTEM, `deployment/${RELEASE}`, '--timeout=120s')).toContain(
      'successfully rolled out',
    );
  });

  it('is uninstalled without a trace, and then blocks no pod', async () => {
    await helm('uninstall', RELEASE, '--wait');
    const kinds = (await kubectl('api-resources', '--verbs=list', '-o', 'name')).trim().split('\n');
    const left = await kubectl('get', kinds.join(','), '-A', '-l', `app.kubernetes.io/instance=${RELEASE}`, '-o', 'name');
    expect(
      left
        .trim()
        .split('\n')
        .filter((name) => name !== '' && !name.startsWith('pod/')),
    ).toEqual([]);
    const rest = await run('kubectl', [
      'get',
      kinds.filter((kind) => /admissionregistration|rbac|apiservice|customresource/.test(kind)).join(','),
      '-A',
      '-o',
      'name',
    ]);
    expect(rest.stdout.split('\n').filter((name) => /keyfirst/.test(name) && !name.includes('keyfirst-e2e'))).toEqual([]);

    const bare = await tryCreate([asking('bare')], { dryRun: true });
    expect(bare.code, bare.stderr).toBe(0);
    expect(bare.stdout).not.toContain('keyfirst-init');
  });
});
