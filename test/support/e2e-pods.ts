import { createHash } from 'node:crypto';
import { eventually, get, kubectl, type Manifest } from './kubectl.ts';

/** Where apps find their files unless they ask for another place. */
export const FOLDER = '/keyfirst/secrets';

/** Passes `restricted` Pod Security. */
export const RESTRICTED = {
  runAsNonRoot: true,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};

/** A container of the app's image that `restricted` namespaces take, user 1000. */
export function app(image: string, script: string, extra: Manifest = {}): Manifest {
  return { name: 'app', image, command: ['sh', '-c', script], securityContext: { ...RESTRICTED, runAsUser: 1000 }, ...extra };
}

/** A bare pod that runs once with the service account `shop`. `spec` replaces whole fields. */
export function pod(where: string, name: string, annotations: Record<string, string>, spec: Manifest): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: where, annotations },
    spec: { serviceAccountName: 'shop', restartPolicy: 'Never', terminationGracePeriodSeconds: 1, ...spec },
  };
}

/** A namespace as a team would have it, with its service account. */
export function namespace(name: string, { injection = true, security = 'restricted' } = {}): Manifest[] {
  const labels = { ...(injection ? { 'keyfirst.dev/injection': 'enabled' } : {}), 'pod-security.kubernetes.io/enforce': security };
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'shop', namespace: name } },
  ];
}

/** Deletes namespaces without waiting, so that what lives there does not disturb the next file. */
export async function remove(...names: string[]): Promise<void> {
  await kubectl('delete', 'namespace', ...names, '--ignore-not-found', '--wait=false');
}

/** What a file in an app's volume looks like to the app. */
export interface SeenFile {
  readonly sha256: string;
  readonly mode: string;
  readonly owner: string;
}

/**
 * Shell script that tells in one line each what its container sees of the folder: files, the mount, whether it can
 * write, what else Keyfirst mounted, and the service account token if there is one. `seen` reads it.
 */
export const lookAround = (folder = FOLDER): string => `cd '${folder}' || exit 90
find -L . -name '..*' -prune -o -type f -print | while IFS= read -r f; do
  echo "file $(sha256sum < "$f" | cut -c1-64) $(stat -L -c '%a %u:%g' "$f") \${f#./}"
done
grep -F ' ${folder} ' /proc/mounts | sed 's/^/mount /'
touch ./written 2>/dev/null && echo 'wrote yes' || echo 'wrote no'
ls -d /keyfirst/* 2>/dev/null | sed 's/^/keyfirst /'
grep -c . /var/run/secrets/kubernetes.io/serviceaccount/token 2>/dev/null | sed 's/^/token /'
echo done`;

export interface Seen {
  readonly files: Readonly<Record<string, SeenFile>>;
  /** The line of the folder's mount in `/proc/mounts`. */
  readonly mount: string;
  readonly wrote: boolean;
  /** Everything in `/keyfirst`. */
  readonly keyfirst: readonly string[];
  /** Whether the usual service account token is there. */
  readonly token: boolean;
}

/** What the container of a finished pod saw. */
export async function seen(namespaceName: string, podName: string, container = 'app'): Promise<Seen> {
  const log = await kubectl('logs', '-n', namespaceName, podName, '-c', container);
  const lines = log.trimEnd().split('\n');
  if (lines.at(-1) !== 'done') throw new Error(`${podName} did not finish its report:\n${log}`);
  const of = (word: string) => lines.flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []));
  const files = of('file').map((line): [string, SeenFile] => {
    const [hash = '', mode = '', owner = '', ...name] = line.split(' ');
    return [name.join(' '), { sha256: hash, mode, owner }];
  });
  return {
    files: Object.fromEntries(files),
    mount: of('mount').join('\n'),
    wrote: of('wrote')[0] === 'yes',
    keyfirst: of('keyfirst'),
    token: of('token').length > 0,
  };
}

export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Waits until the pod is in the phase; tells what went wrong if it ends in another or in none. */
export function untilPhase(namespaceName: string, name: string, phase: string, seconds = 120): Promise<Manifest> {
  return eventually(
    `pod ${namespaceName}/${name} ${phase}`,
    async () => {
      const found = await get('pod', name, '-n', namespaceName);
      const now: string = found.status.phase;
      if (now === phase) return found;
      if (now === 'Succeeded' || now === 'Failed')
        throw new Error(`pod ${name} is ${now}, not ${phase}\n${await told(namespaceName, name)}`);
      return undefined;
    },
    { seconds, describe: () => told(namespaceName, name) },
  );
}

export const succeeded = (namespaceName: string, name: string) => untilPhase(namespaceName, name, 'Succeeded');

/** State of a container of a pod: `initContainerStatuses` included. */
export function statusOf({ status }: Manifest, container: string): Manifest {
  const all: Manifest[] = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  const found = all.find(({ name }) => name === container);
  if (found === undefined) throw new Error(`no status of container ${container}`);
  return found;
}

/** Whether a container has ever been started; the kubelet keeps its id and its last end. */
export function everStarted(found: Manifest, container: string): boolean {
  const { containerID, state, lastState, restartCount } = statusOf(found, container);
  const ended = state.terminated ?? lastState.terminated;
  return restartCount > 0 || state.running !== undefined || (containerID !== undefined && containerID !== '') || ended?.startedAt != null;
}

const toldBefore = new Set<string>();

/** What a person would look at first; once a pod, because several tests may be about it. */
export async function told(namespaceName: string, name: string): Promise<string> {
  if (toldBefore.has(`${namespaceName}/${name}`)) return '(described above)';
  toldBefore.add(`${namespaceName}/${name}`);
  const ask = (...args: string[]) => kubectl(...args).catch((error: unknown) => String(error));
  const description = await ask('describe', 'pod', name, '-n', namespaceName);
  const logs = await ask('logs', name, '-n', namespaceName, '--all-containers', '--prefix', '--tail=20');
  return `${description}\n--- logs\n${logs}`;
}
