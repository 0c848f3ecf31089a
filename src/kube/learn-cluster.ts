import { errorLine } from '../common/errors.ts';
import type { Learnt } from '../config/decision-settings.ts';

/** Milliseconds between tries while the API server is away. */
const PAUSE = 2_000;
/** Milliseconds until it is asked again; an answer is some megabytes. */
const AGAIN = 600_000;

export interface LearntFrom {
  clusterVersion(): Promise<number>;
  envFiles(): Promise<boolean | undefined>;
}

/**
 * Asks the cluster for its version and the gate that decides on variables, soon again until it answers, and later now and
 * then, since both may change under a running webhook. Never ends or rejects; the timer keeps no process alive.
 */
export async function learnCluster(
  cluster: LearntFrom,
  log: { warn(data: object, message: string): void },
  onLearnt: (learnt: Required<Learnt>) => void,
  { pause, again } = { pause: PAUSE, again: AGAIN },
): Promise<never> {
  for (let told = false; ; ) {
    let next = again;
    try {
      const [minor, envFiles] = await Promise.all([cluster.clusterVersion(), cluster.envFiles()]);
      onLearnt({ minor, envFiles });
      told = true;
    } catch (error) {
      if (!told) log.warn({ error: errorLine(error) }, 'cluster version unknown so far; assuming the oldest supported');
      told = true;
      next = pause;
    }
    await new Promise((resolve) => setTimeout(resolve, next).unref());
  }
}
