import { errorLine } from '../common/errors.ts';
import type { Learnt } from '../config/decision-settings.ts';

/** Milliseconds between tries while the API server is away. */
const PAUSE = 2_000;

export interface LearntFrom {
  clusterVersion(): Promise<number>;
  envFiles(): Promise<boolean | undefined>;
}

/** Asks until the cluster tells its version and the gate that decides on variables. Never rejects; the timer keeps no process alive. */
export async function learnCluster(
  cluster: LearntFrom,
  log: { warn(data: object, message: string): void },
  pause = PAUSE,
): Promise<Required<Learnt>> {
  for (let failures = 0; ; failures++) {
    try {
      const [minor, envFiles] = await Promise.all([cluster.clusterVersion(), cluster.envFiles()]);
      return { minor, envFiles };
    } catch (error) {
      if (failures === 0) log.warn({ error: errorLine(error) }, 'cluster version unknown so far; assuming the oldest supported');
      await new Promise((resolve) => setTimeout(resolve, pause).unref());
    }
  }
}
