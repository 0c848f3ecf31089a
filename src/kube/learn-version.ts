import { errorLine } from '../common/errors.ts';

/** Milliseconds between tries while the API server is away. */
const PAUSE = 2_000;

export interface VersionSource {
  clusterVersion(): Promise<number>;
}

/** Asks until the cluster tells the minor number of its version. Never rejects; the timer keeps no process alive. */
export async function learnVersion(
  cluster: VersionSource,
  log: { warn(data: object, message: string): void },
  pause = PAUSE,
): Promise<number> {
  for (let failures = 0; ; failures++) {
    try {
      return await cluster.clusterVersion();
    } catch (error) {
      if (failures === 0) log.warn({ error: errorLine(error) }, 'cluster version unknown so far; assuming the oldest supported');
      await new Promise((resolve) => setTimeout(resolve, pause).unref());
    }
  }
}
