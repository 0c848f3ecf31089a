import { join } from 'node:path';
import { clusterProcess } from './cluster-process.ts';
import { eventually, run } from './kubectl.ts';

/** Who decides whether `fileKeyRef` works, and where it tells what it decided. */
const PARTS = {
  kubelet: '/api/v1/nodes/node1/proxy/metrics',
  'kube-apiserver': '/metrics',
} as const;

/** Restarts that part of a cluster of `test/cluster` (its folder is given) with the gate EnvFiles on or off, and waits until it runs so. */
export async function setEnvFiles(part: keyof typeof PARTS, on: boolean, folder: string): Promise<void> {
  const running = clusterProcess(part);
  await running.kill();
  const others = running.args.filter((flag) => !flag.startsWith(GATE));
  running.start(join(folder, 'log', part), [...others, `${GATE}${on}`]);
  await eventually(`${part} runs with ${GATE}${on}`, async () => {
    const { stdout } = await run('kubectl', ['get', '--raw', PARTS[part]]);
    return new RegExp(`^kubernetes_feature_enabled\\{name="EnvFiles",[^}]*\\} ${on ? 1 : 0}$`, 'm').test(stdout);
  });
  await eventually('the API server is ready', async () => (await run('kubectl', ['get', '--raw', '/readyz'])).code === 0);
}

const GATE = '--feature-gates=EnvFiles=';
