import { createHash } from 'node:crypto';
import type { Cluster } from '../../../test/support/cluster.ts';
import { SYSTEM } from '../../../test/support/e2e-setup.ts';
import { create, eventually, get, kubectl, type Manifest, tryCreate } from '../../../test/support/kubectl.ts';
import type { Screen } from '../screen.ts';
import { ASKING, BAD, deployment, NAMESPACE, NAMESPACE_OBJECTS, PASTED_VALUE, pod, type Secrets } from './story.ts';

/** What happens on the cluster, in its order. Every claim it prints is checked first; it throws when one is false. */
export async function playOnCluster({ appImage }: Cluster, { found }: Secrets, screen: Screen): Promise<void> {
  const { colors, show, heading, check } = screen;
  const lines = (text: string) => text.trim().split('\n');

  heading(1, 'A Kubernetes, a Vault that trusts it, and the chart');
  show(lines(await kubectl('get', 'nodes')).map(colors.dim));
  show(lines(await kubectl('get', 'pods', '-n', SYSTEM)).map(colors.dim));

  heading(2, 'A labelled namespace, and a pod that asks for two secrets');
  await create(...NAMESPACE_OBJECTS);
  show(annotationLines(ASKING));
  await create(pod('shop', ASKING, appImage));
  const done = await eventually('the pod is done', () => finished('shop'), {
    describe: () => kubectl('describe', 'pod', 'shop', '-n', NAMESPACE),
  });
  const init = ended(done.status.initContainerStatuses, 'keyfirst-init');
  show(['', '`kubectl describe pod` then says of the new init container:', ...lines(init.message).map(colors.cyan)]);

  heading(3, 'Only then did the app start, and its first read found everything');
  const log = await kubectl('logs', 'shop', '-n', NAMESPACE, '-c', 'web');
  show(lines(log).map(colors.cyan));
  for (const [name, content] of Object.entries(found)) {
    const hash = createHash('sha256').update(content).digest('hex').slice(0, 16);
    if (!lines(log).some((line) => line.startsWith(`read ${name}: `) && line.includes(hash)))
      throw new Error(`the app did not find in ${name} what Vault holds`);
  }
  check('Byte for byte what Vault holds, in memory (tmpfs).');
  if (ended(done.status.containerStatuses, 'web').startedAt < init.finishedAt)
    throw new Error('the app started before its secrets were there');
  const objects = await kubectl('get', 'secrets,configmaps,pods,events', '-n', NAMESPACE, '-o', 'yaml');
  const logs = await kubectl('logs', 'shop', '-n', NAMESPACE, '-c', 'keyfirst-init');
  if (Object.values(found).some((value) => [objects, logs].some((text) => text.includes(value))))
    throw new Error('a secret value was found');
  if (((await get('secrets', '-n', NAMESPACE)).items as Manifest[]).length > 0) throw new Error('there is a Secret object');
  check('No Secret object exists, and no value is in any object, event or log of the namespace.');

  heading(4, 'A pod with mistakes is refused, and its author is told about all of them');
  show(annotationLines(BAD));
  const refused = await tryCreate([pod('mistaken', BAD, appImage)]);
  if (refused.code === 0) throw new Error('a bad pod was made');
  show(['`kubectl create` then says:', ...lines(refused.stderr).map(colors.red)]);
  if (refused.stderr.includes(PASTED_VALUE)) throw new Error('a pasted secret was repeated');
  check('The secret that was pasted where its reference belongs is not repeated.');

  heading(5, 'The same mistakes in a Deployment: it is made, and its author hears at once that no pod will follow');
  const warned = await tryCreate([deployment('mistaken', BAD, appImage)]);
  const warnings = lines(warned.stderr).filter((line) => line.startsWith('Warning: keyfirst: '));
  if (warned.code !== 0 || warnings.length === 0) throw new Error(`no warning came: ${warned.stderr}`);
  show(['`kubectl create` then says:', ...warnings.map(colors.yellow), ...lines(warned.stdout)]);
}

function annotationLines(annotations: Readonly<Record<string, string>>): string[] {
  return Object.entries(annotations).map(([key, value]) => `${key}: ${value}`);
}

async function finished(name: string): Promise<Manifest | undefined> {
  const found = await get('pod', name, '-n', NAMESPACE);
  if (found.status.phase === 'Failed') throw new Error(`the pod failed: ${JSON.stringify(found.status.containerStatuses)}`);
  return found.status.phase === 'Succeeded' ? found : undefined;
}

function ended(statuses: Manifest[] = [], name: string): { message: string; startedAt: string; finishedAt: string } {
  const found = statuses.find((status) => status.name === name)?.state.terminated;
  if (found === undefined) throw new Error(`container ${name} has not ended`);
  return found;
}
