import { errorLine } from '../common/errors.ts';
import type { Learnt } from '../config/decision-settings.ts';

/** Milliseconds between tries while the API server is away. */
const PAUSE = 2_000;
/** Milliseconds until the gate is asked for again where only that was not told: a busy API server should not be asked at once. */
const GATE_PAUSE = 60_000;
/** Milliseconds until all is asked again. */
const AGAIN = 600_000;

export interface LearntFrom {
  clusterVersion(): Promise<number>;
  envFiles(): Promise<boolean | undefined>;
}

/**
 * Asks the cluster for its version and the gate that decides on variables, soon again until it answers, and later now and
 * then, since both may change under a running webhook. Without the gate, what was known of it stays, else the version says
 * it. Never ends or rejects; the timer keeps no process alive.
 */
export async function learnCluster(
  cluster: LearntFrom,
  log: { warn(data: object, message: string): void },
  onLearnt: (learnt: Required<Learnt>) => void,
  { pause, gatePause, again } = { pause: PAUSE, gatePause: GATE_PAUSE, again: AGAIN },
): Promise<never> {
  const told = new Set<string>();
  const warnOnce = (error: unknown, message: string) => {
    if (!told.has(message)) log.warn({ error: errorLine(error) }, message);
    told.add(message);
  };
  let envFiles: boolean | undefined;
  const learn = async (): Promise<number> => {
    const minor = await cluster.clusterVersion();
    try {
      envFiles = await cluster.envFiles();
      return again;
    } catch (error) {
      warnOnce(error, 'feature gate EnvFiles unknown so far; going by the version of the cluster');
      return gatePause;
    } finally {
      onLearnt({ minor, envFiles });
    }
  };
  for (;;) {
    const next = await learn().catch((error: unknown) => {
      warnOnce(error, 'cluster version unknown so far; assuming the oldest supported');
      return pause;
    });
    await new Promise((resolve) => setTimeout(resolve, next).unref());
  }
}
