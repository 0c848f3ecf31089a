import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { RESTRICTED } from './e2e-pods.ts';
import { kubectl, type Manifest, must } from './kubectl.ts';

/** Images of test/cluster/apps: each holds one program, which tells the hashes of its variables, and no shell. */
export const APPS = ['scratch', 'distroless', 'node', 'python'] as const;
export type App = (typeof APPS)[number];

/** The command that is the same as the image's entry point; `PATH` finds it where it has no slash. */
const COMMANDS: Readonly<Record<App, readonly string[]>> = {
  scratch: ['/app'],
  distroless: ['/app'],
  node: ['node', '/app.js'],
  python: ['python3', '-IS', '/app.py'],
};

/** Loads the images into a cluster of `test/cluster`, whose folder is given. */
export async function loadApps(folder: string): Promise<void> {
  const cache = process.env.CLUSTER_CACHE ?? join(process.env.HOME ?? '/root', '.cache/keyfirst-cluster');
  const archives = APPS.map((name) => join(cache, 'apps', `${name}.tar`));
  const socket = join(folder, 'containerd.sock');
  for (const archive of archives) await must('ctr', ['-a', socket, '-n', 'k8s.io', 'images', 'import', '--all-platforms', archive]);
}

/** A container of that image, for `restricted` namespaces, with a read-only root, that tells about the variables. */
export function teller(image: App, names: readonly string[], { command = false, user = 1000, ...extra }: Manifest = {}): Manifest {
  return {
    name: image,
    image: `localhost/app/${image}:1`,
    ...(command ? { command: COMMANDS[image] } : {}),
    args: [...names],
    securityContext: { ...RESTRICTED, runAsUser: user, readOnlyRootFilesystem: true },
    ...extra,
  };
}

/** The same from a shell: with `command`, or only `args`. `after` is what the script does when it has told. */
export function shellTeller(
  image: string,
  names: readonly string[],
  { after = '', command = false, user = 1000, ...extra }: Manifest = {},
): Manifest {
  const lines = names.map(
    (name) => `[ "\${${name}+set}" ] && echo ${name} "$(printf %s "$${name}" | sha256sum | cut -c1-64)" || echo ${name} unset`,
  );
  // The kubelet makes `$` of `$$`.
  const script = [...lines, 'echo "pid $$"', 'echo done', after].join('\n').replaceAll('$', '$$$$');
  return {
    name: 'shell',
    image,
    ...(command ? { command: ['sh', '-c', script] } : { args: ['sh', '-c', script] }),
    securityContext: { ...RESTRICTED, runAsUser: user, readOnlyRootFilesystem: true },
    ...extra,
  };
}

/** What a container told: by name the hash of its value, or `unset`; and its process id. */
export interface Told {
  readonly [name: string]: string;
}

/** What the container tells, once it is through. Throws with its log when it is not. */
export async function toldBy(namespaceName: string, podName: string, container: string): Promise<Told> {
  const log = await kubectl('logs', '-n', namespaceName, podName, '-c', container);
  const lines = log.trimEnd().split('\n');
  if (!lines.includes('done')) throw new Error(`${podName} did not finish its report:\n${log}`);
  const words = lines.map((line) => line.split(' ')).filter(({ length }) => length === 2);
  return Object.fromEntries(words.map(([name = '', told = '']) => [name, asHex(told)]));
}

/** The apps tell base64, the shell hex. */
function asHex(told: string): string {
  return /^[A-Za-z0-9+/]{43}=$/.test(told) ? Buffer.from(told, 'base64').toString('hex') : told;
}

/** What a container tells that has exactly this value. */
export function hash(value: string | Uint8Array): string {
  return createHash('sha256').update(value).digest('hex');
}
