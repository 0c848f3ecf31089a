import { clusterProcess } from './cluster-process.ts';

/**
 * Kills the API server of a cluster that `test/cluster` started, runs `meanwhile`, and starts it again as it was. `log` is the
 * file it goes on writing to.
 */
export async function withoutApiServer(log: string, meanwhile: () => Promise<void>): Promise<void> {
  const server = clusterProcess('kube-apiserver');
  await server.kill();
  try {
    await meanwhile();
  } finally {
    server.start(log);
  }
}
