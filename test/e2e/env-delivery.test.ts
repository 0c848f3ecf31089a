import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { APPS, type App, hash, loadApps, shellTeller, teller, toldBy } from '../support/e2e-env-apps.ts';
import { ALL_SECRET, AWKWARD_NAMES, BINARY, ENV_SECRET, PLAIN } from '../support/e2e-env-values.ts';
import { everStarted, namespace, pod, remove, statusOf, succeeded, untilPhase } from '../support/e2e-pods.ts';
import { putSecret } from '../support/e2e-setup.ts';
import { AWKWARD } from '../support/e2e-values.ts';
import { create, eventually, get, kubectl, type Manifest, run } from '../support/kubectl.ts';

const { cluster, vault, noVault } = inject('e2e');
const { folder, appImage } = cluster;
const NAMESPACE = 'kf-env';
const ASKING = { 'keyfirst.dev/env.SECRET': 'vault://secret/env#plain' };
const BY_FILE = { 'keyfirst.dev/env-delivery': 'file-key-ref' };
const list = (...entries: object[]) => ({ 'keyfirst.dev/secrets': JSON.stringify(entries) });

const withoutVault = vault === undefined ? ` (${noVault})` : '';
/** Our images cannot be loaded into a cluster of someone else. */
const noApps = folder === undefined ? ' (the images of test/cluster/apps are loaded only into a cluster of test/cluster)' : '';
const apps: readonly App[] = folder === undefined ? [] : APPS;
/** Different users, so that every container's own right to read counts. */
const USERS: Readonly<Record<string, number>> = { scratch: 2_147_483_647, distroless: 65_532, node: 1000, python: 1_000_620_000 };
const AWAY = 'trap "echo SIGTERM; exit 0" TERM; while :; do sleep 1 & wait; done';

const everyKind = (command: boolean) => [
  ...apps.map((image) => teller(image, ['SECRET'], { command, user: USERS[image] })),
  shellTeller(appImage, ['SECRET'], { command, user: 4711 }),
];
/** Ends badly once, then tells and ends well. */
const twice = (name: string, command: boolean) =>
  shellTeller(appImage, ['SECRET'], {
    name,
    command,
    after: `[ -e /state/${name} ] || { touch /state/${name}; exit 1; }`,
    volumeMounts: [{ name: 'state', mountPath: '/state' }],
  });

const PODS: Readonly<Record<string, [annotations: Record<string, string>, spec: Manifest]>> = {
  'by-file': [ASKING, { containers: everyKind(false) }],
  'by-exec': [ASKING, { containers: everyKind(true) }],
  awkward: [
    list(
      { env: AWKWARD_NAMES, from: 'vault://secret/awkward' },
      { env: 'BINARY', from: 'vault://secret/env#binary', format: 'base64-decode' },
      { env: '*', prefix: 'DB_', from: 'vault://secret/env-all' },
    ),
    {
      containers: [
        shellTeller(appImage, [...Object.keys(AWKWARD_NAMES), 'BINARY', 'DB_user', 'DB_pass_word', 'DB_port'], { command: true }),
      ],
    },
  ],
  refused: [
    { ...list({ env: { QUOTED: 'quotes', LINES: 'carriage-returns' }, from: 'vault://secret/awkward' }), ...BY_FILE },
    { containers: [shellTeller(appImage, ['QUOTED'])] },
  ],
  mixed: [
    {
      ...list({ env: 'SECRET', from: 'vault://secret/env#plain' }, { env: 'WEB', from: 'vault://secret/env#other', containers: ['web'] }),
      ...BY_FILE,
    },
    {
      initContainers: [
        shellTeller(appImage, ['SECRET', 'WEB', 'URL'], { name: 'migrate', env: [{ name: 'URL', value: 'db://$(SECRET)@db' }] }),
      ],
      containers: [
        shellTeller(appImage, ['SECRET', 'WEB', 'URL'], { name: 'web', env: [{ name: 'URL', value: 'db://$(SECRET)@db' }] }),
        shellTeller(appImage, ['SECRET', 'WEB'], { name: 'worker' }),
        {
          ...shellTeller(appImage, []),
          name: 'argument',
          command: ['sh', '-c', 'printf %s "$1" | sha256sum | sed "s/^/ARGUMENT /; s/ *-$//"; echo done', 'sh', '<$(SECRET)>'],
          args: undefined,
        },
      ],
    },
  ],
  lasting: [
    ASKING,
    {
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      containers: [
        shellTeller(appImage, ['SECRET'], {
          name: 'by-file',
          after: AWAY,
          readinessProbe: { exec: { command: ['sh', '-c', 'test -n "$SECRET"'] }, periodSeconds: 1 },
        }),
        shellTeller(appImage, ['SECRET'], { name: 'by-exec', command: true, after: AWAY }),
        shellTeller(appImage, ['SECRET'], {
          name: 'for-a-probe',
          command: true,
          after: AWAY,
          readinessProbe: { exec: { command: ['sh', '-c', 'test -n "$SECRET"'] }, periodSeconds: 1 },
        }),
        ...apps
          .filter((image) => image === 'scratch' || image === 'node')
          .flatMap((image) =>
            [false, true].map((command) =>
              teller(image, ['SECRET', '--wait'], { command, name: `${image}-${command ? 'by-exec' : 'by-file'}` }),
            ),
          ),
      ],
    },
  ],
  restarting: [
    ASKING,
    {
      restartPolicy: 'OnFailure',
      securityContext: { fsGroup: 2000 },
      volumes: [{ name: 'state', emptyDir: {} }],
      containers: [twice('by-file', false), twice('by-exec', true)],
    },
  ],
};

const namesIn = ({ spec }: Manifest, field: 'initContainers' | 'containers'): string[] => spec[field].map(({ name }: Manifest) => name);

describe.skipIf(vault === undefined)(`environment variables in a restricted namespace${withoutVault}`, () => {
  beforeAll(async () => {
    if (vault === undefined) return;
    await putSecret(vault, 'env', ENV_SECRET);
    await putSecret(vault, 'env-all', ALL_SECRET);
    if (folder !== undefined) await loadApps(folder);
    const containers = [
      shellTeller(appImage, ['SECRET'], { name: 'by-file' }),
      shellTeller(appImage, ['SECRET'], { name: 'by-exec', command: true }),
    ];
    await create(
      ...namespace(NAMESPACE),
      ...Object.entries(PODS).map(([name, [annotations, spec]]) => pod(NAMESPACE, name, annotations, spec)),
      {
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name: 'job', namespace: NAMESPACE },
        spec: {
          backoffLimit: 0,
          template: { metadata: { annotations: ASKING }, spec: { serviceAccountName: 'shop', restartPolicy: 'Never', containers } },
        },
      },
    );
  });

  afterAll(() => remove(NAMESPACE));

  describe.each([
    { name: 'by-file', how: 'by the kubelet, where images bring their command', ours: ['keyfirst-init', 'keyfirst-check'] },
    { name: 'by-exec', how: 'by the wrapper, where the pod sets the command', ours: ['keyfirst-init'] },
  ])('$name: $how', ({ name, ours }) => {
    const told = async (container: string) => {
      await succeeded(NAMESPACE, name);
      return toldBy(NAMESPACE, name, container);
    };
    const exact = { SECRET: hash(PLAIN), pid: '1' };
    it.skipIf(noApps !== '').each(APPS)(`%s has the exact value, as process 1${noApps}`, async (app) => {
      expect(await told(app)).toEqual(exact);
    });
    it('a shell has the exact value, as process 1', async () => {
      expect(await told('shell')).toEqual(exact);
    });

    it(`comes with ${ours.join(' and ')} only`, async () => {
      const found = await succeeded(NAMESPACE, name);
      expect(namesIn(found, 'initContainers')).toEqual(ours);
      for (const { env, command, volumeMounts } of found.spec.containers as Manifest[]) {
        const mounts = volumeMounts.map((mount: Manifest) => mount.name).filter((mount: string) => mount.startsWith('keyfirst'));
        if (name === 'by-exec')
          expect([env, mounts, command[0]]).toEqual([undefined, ['keyfirst-secrets'], '/keyfirst/secrets/.keyfirst/exec']);
        else expect([env[0].name, mounts, command]).toEqual(['SECRET', [], undefined]);
      }
    });
  });

  it('the wrapper hands over every byte but NUL, and every key of a secret with a prefix', async () => {
    await succeeded(NAMESPACE, 'awkward');
    const awkward = Object.entries(AWKWARD_NAMES).map(([name, property]) => [name, hash(AWKWARD[property] ?? '')]);
    expect(await toldBy(NAMESPACE, 'awkward', 'shell')).toEqual({
      ...Object.fromEntries(awkward),
      BINARY: hash(BINARY),
      DB_user: hash(ALL_SECRET.user),
      DB_pass_word: hash(ALL_SECRET['pass.word']),
      DB_port: hash('5432'),
      pid: '1',
    });
  });

  it('what a file for the kubelet cannot hold is refused: it names the variables and the way out, and no app starts', async () => {
    const found = await untilPhase(NAMESPACE, 'refused', 'Failed');
    const { message } = statusOf(found, 'keyfirst-init').state.terminated;
    expect(message).toMatch(/QUOTED.*single quote/);
    expect(message).toMatch(/LINES.*CR/);
    expect(message).toMatch(/env-delivery: exec/);
    expect(everStarted(found, 'shell')).toBe(false);
  });

  it('variables of the user can be made of ours, and arguments', async () => {
    await succeeded(NAMESPACE, 'mixed');
    expect((await toldBy(NAMESPACE, 'mixed', 'web')).URL).toBe(hash(`db://${PLAIN}@db`));
    expect((await toldBy(NAMESPACE, 'mixed', 'argument')).ARGUMENT).toBe(hash(`<${PLAIN}>`));
  });

  it('init containers after ours have them, and only the containers that are named', async () => {
    await succeeded(NAMESPACE, 'mixed');
    const told = await Promise.all(['migrate', 'web', 'worker'].map((name) => toldBy(NAMESPACE, 'mixed', name)));
    expect(told[0]).toMatchObject({ SECRET: hash(PLAIN), WEB: 'unset', URL: hash(`db://${PLAIN}@db`) });
    expect(told[1]).toMatchObject({ SECRET: hash(PLAIN), WEB: hash(ENV_SECRET.other) });
    expect(told[2]).toMatchObject({ SECRET: hash(PLAIN), WEB: 'unset' });
  });

  it.each(['by-file', 'by-exec'])('a container that is restarted has the value again: %s', async (name) => {
    expect(statusOf(await succeeded(NAMESPACE, 'restarting'), name).restartCount).toBe(1);
    expect((await toldBy(NAMESPACE, 'restarting', name)).SECRET).toBe(hash(PLAIN));
  });

  it('a Job ends', async () => {
    const [found] = await eventually('the Job is complete', async () => {
      const { status } = await get('job', 'job', '-n', NAMESPACE);
      if (status.failed > 0) throw new Error('the Job failed');
      return status.succeeded === 1 && ((await get('pods', '-n', NAMESPACE, '-l', 'job-name=job')).items as Manifest[]);
    });
    for (const name of ['by-file', 'by-exec']) expect((await toldBy(NAMESPACE, found?.metadata.name, name)).SECRET).toBe(hash(PLAIN));
  });

  describe('in containers that run on', () => {
    beforeAll(() => kubectl('wait', '-n', NAMESPACE, '--for=condition=Ready', 'pod/lasting', '--timeout=120s'));

    it('kubectl exec and probes see what the kubelet sets, and not what the wrapper sets', async () => {
      const seen = async (container: string) =>
        (await kubectl('exec', '-n', NAMESPACE, 'lasting', '-c', container, '--', 'env')).includes(`\nSECRET=${PLAIN}`);
      expect(await seen('by-file')).toBe(true);
      expect(await seen('for-a-probe')).toBe(true);
      expect(await seen('by-exec')).toBe(false);
    });

    it('SIGTERM reaches the app as process 1', async () => {
      const names = namesIn(await get('pod', 'lasting', '-n', NAMESPACE), 'containers');
      const logs = names.map(async (name) => [name, await kubectl('logs', '-n', NAMESPACE, '-f', 'lasting', '-c', name)] as const);
      await eventually('the logs are being read', async () => (await toldBy(NAMESPACE, 'lasting', 'by-exec')).pid === '1');
      await kubectl('delete', 'pod', 'lasting', '-n', NAMESPACE, '--wait=false');
      const ends = await Promise.all(logs);
      expect(ends.filter(([, log]) => !log.endsWith('pid 1\ndone\nSIGTERM\n')).map(([name]) => name)).toEqual([]);
    });
  });

  it('no pod, event or log shows a value', async () => {
    for (const name of ['by-file', 'by-exec', 'awkward', 'mixed', 'restarting']) await succeeded(NAMESPACE, name);
    const { items } = await get('pods', '-n', NAMESPACE);
    // A container that never ran has no log, which makes the command fail when it has printed those of the others.
    const logs = (items as Manifest[]).map(({ metadata }) => run('kubectl', ['logs', '-n', NAMESPACE, metadata.name, '--all-containers']));
    const shown = [
      JSON.stringify(items),
      await kubectl('describe', 'pods', '-n', NAMESPACE),
      JSON.stringify(await get('events', '-n', NAMESPACE)),
    ];
    for (const text of [...shown, ...(await Promise.all(logs)).map(({ stdout }) => stdout)]) {
      for (const value of ['pässwörd', 'second line', Buffer.from(PLAIN).toString('base64').slice(4, 24)])
        expect(text).not.toContain(value);
    }
  });
});
