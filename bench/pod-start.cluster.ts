import { readFileSync, writeFileSync } from 'node:fs';
import { expect, inject, it } from 'vitest';
import { ENV_SECRET } from '../test/support/e2e-env-values.ts';
import { app, namespace, pod, RESTRICTED, remove, succeeded } from '../test/support/e2e-pods.ts';
import { upgradeWith } from '../test/support/e2e-release.ts';
import { putSecret } from '../test/support/e2e-setup.ts';
import { create, kubectl, type Manifest } from '../test/support/kubectl.ts';
import { rowMarkdown } from './markdown.ts';
import { median } from './measure/processes.ts';
import { type Row, seconds } from './row.ts';

/**
 * `npm run bench:cluster`: what Keyfirst adds to the start of a pod, on the cluster of the end-to-end tests. From `kubectl create`
 * to the first instruction of the app, which tells the time since boot: the node is this machine.
 */
const PAGE = 'docs/pod-start.md';
const ROUNDS = 9;
const NAMESPACE = 'kf-env';
const { cluster, vault } = inject('e2e');

const TELL = 'cat /proc/uptime';
const REF = 'vault://secret/env#plain';
const image = cluster.appImage;
/** Without `command` the image would start nothing that tells, so the arguments do. */
const withCommand = app(image, TELL);
const init = (extra: Manifest): Manifest => ({ name: 'other', image, securityContext: { ...RESTRICTED, runAsUser: 1000 }, ...extra });
const SIDECAR = init({
  command: ['sleep', '600'],
  restartPolicy: 'Always',
  lifecycle: { postStart: { exec: { command: ['true'] } } },
});

interface Case {
  readonly annotations: Record<string, string>;
  readonly spec: Manifest;
}
const FILE = { 'keyfirst.dev/file.x': REF };
const ENV = { 'keyfirst.dev/env.SECRET': REF };
const BY_FILE = { ...ENV, 'keyfirst.dev/env-delivery': 'file-key-ref' };

const CASES: Readonly<Record<string, Case>> = {
  'no init container': { annotations: {}, spec: { containers: [withCommand] } },
  'an init container that runs `true`': {
    annotations: {},
    spec: { containers: [withCommand], initContainers: [init({ command: ['true'] })] },
  },
  'Keyfirst, a file': { annotations: FILE, spec: { containers: [withCommand] } },
  'Keyfirst, a variable by `exec`': { annotations: { ...ENV, 'keyfirst.dev/env-delivery': 'exec' }, spec: { containers: [withCommand] } },
  'Keyfirst, a variable by `file-key-ref`, with the check': { annotations: BY_FILE, spec: { containers: [withCommand] } },
  'Keyfirst, a file, and a native sidecar with a `postStart` hook': {
    annotations: FILE,
    spec: { containers: [withCommand], initContainers: [SIDECAR] },
  },
};
const UNCHECKED = 'Keyfirst, a variable by `file-key-ref`, no check';

it('measures the start of pods', { timeout: 1_200_000 }, async () => {
  if (vault === undefined) throw new Error('there is no Vault that pods can reach');
  await putSecret(vault, 'env', ENV_SECRET);
  await create(...namespace(NAMESPACE));
  const times = new Map<string, number[]>();
  const measure = async (cases: Readonly<Record<string, Case>>) => {
    // The first round pulls what is pulled and is not counted.
    for (let round = 0; round <= ROUNDS; round++) {
      for (const [index, [name, one]] of Object.entries(cases).entries()) {
        const time = await start(`start-${times.size}-${round}-${index}`, one);
        if (round > 0) times.set(name, [...(times.get(name) ?? []), time]);
      }
    }
  };
  await measure(CASES);
  await upgradeWith('--set', 'settings.env.check=false');
  await measure({ [UNCHECKED]: { annotations: BY_FILE, spec: { containers: [withCommand] } } });
  await remove(NAMESPACE);

  const medians = new Map([...times].map(([name, values]) => [name, median(values)]));
  const of = (name: string) => medians.get(name) ?? Number.NaN;
  const more = of('Keyfirst, a file') - of('an init container that runs `true`');
  const row: Row = {
    title: 'Start of a pod',
    method:
      `From \`kubectl create\` to the first instruction of the app, on a one-node Kubernetes ${cluster.folder === undefined ? '' : 'of this project '}with a Vault ` +
      `beside it. Medians of ${ROUNDS} pods each, in turn, lowest and highest after them; the kubelet looks at its containers once a second, ` +
      'which makes steps of about a second. The last line was measured after the others, with other settings.',
    head: ['before the app', 'median', 'lowest', 'highest'],
    lines: [...times].map(([name, values]) => [name, ...[of(name), Math.min(...values), Math.max(...values)].map(seconds)]),
    goals: [
      { text: 'at most 150 ms more than an init container that runs `true`', reached: `${Math.round(more * 1000)} ms`, met: more <= 0.15 },
    ],
  };
  const page = `# What a pod waits for\n\nWritten by \`npm run bench:cluster\` on ${new Date().toISOString().slice(0, 10)}.\n\n${rowMarkdown(row)}\n`;
  writeFileSync(PAGE, page);
  console.log(page);
  expect([...times.values()].every((values) => values.length === ROUNDS)).toBe(true);
});

/** Seconds from the call to the app's first instruction. */
async function start(name: string, { annotations, spec }: Case): Promise<number> {
  const begun = uptime(readFileSync('/proc/uptime', 'utf8'));
  await create(pod(NAMESPACE, name, annotations, spec));
  await succeeded(NAMESPACE, name);
  const told = uptime(await kubectl('logs', '-n', NAMESPACE, name, '-c', 'app'));
  await kubectl('delete', 'pod', '-n', NAMESPACE, name, '--wait=false', '--grace-period=0', '--force');
  return told - begun;
}

function uptime(text: string): number {
  return Number(text.split(' ')[0]);
}
