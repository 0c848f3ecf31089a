import { errorLine } from '../common/errors.ts';
import { KubeError } from '../kube/kube-error.ts';
import type { Pods } from '../kube/pods.ts';
import type { PodEntry } from './ca-bundle.ts';
import type { Clock } from './clock.ts';
import type { SourceLog } from './source-log.ts';

export interface PrunerOptions {
  readonly namespace: string;
  readonly pods: Pods;
  /** Entries that other pods of our namespace have in the bundle now. */
  readonly entries: () => readonly PodEntry[];
  /** Takes the fingerprints of entries whose pods were proved gone. */
  readonly onGone: (fingerprints: readonly string[]) => void;
  readonly log: SourceLog;
  readonly clock: Clock;
  readonly random: () => number;
}

/** A pod that ends changes no bundle, so only time tells when to ask. */
const PACE = 20_000;
/** Every replica asks about every other, by one small read each: many of them ask less often. */
const PACE_PER_POD = 5_000;
/** Without the right entries stay until they expire, which harms nobody. */
const PACE_WITHOUT_RIGHT = 600_000;

/**
 * Asks again and again which pods still live, until `signal` aborts; never rejects. The proof is the API server's own "not
 * found" for the pod, or that it has ended: one that terminates still lives, and any other answer keeps the entry. What is gone is named by its
 * fingerprint, not by its pod's name, because a new pod of that name may have added a CA meanwhile.
 */
export async function prune({ namespace, pods, entries, onGone, log, clock, random }: PrunerOptions, signal: AbortSignal): Promise<void> {
  let told: string | undefined;
  const tell = (problem: string | undefined) => {
    if (problem !== undefined && problem !== told) log.warn({ problem }, 'CAs of pods that are gone stay until they expire');
    told = problem;
  };
  /** Milliseconds until the next pass. */
  const pass = async (): Promise<number> => {
    const found = byPod(entries());
    for (const [podName, fingerprints] of found) {
      if (signal.aborted) break;
      try {
        if (!(await pods.podLives(namespace, podName, signal))) onGone(fingerprints);
        tell(undefined);
      } catch (error) {
        if (!(error instanceof KubeError) || error.code !== 'cluster-denied') break;
        tell(errorLine(error));
        return PACE_WITHOUT_RIGHT;
      }
    }
    return Math.max(PACE, found.length * PACE_PER_POD);
  };
  // Half of it is random: replicas that started together do not ask together.
  for (let pause = PACE; !signal.aborted; ) {
    await clock.sleep(Math.round(pause * (0.5 + random() / 2)), signal);
    if (!signal.aborted) pause = await pass();
  }
}

function byPod(entries: readonly PodEntry[]): [string, string[]][] {
  const pods = Map.groupBy(entries, ({ podName }) => podName);
  return [...pods].map(([podName, of]) => [podName, of.map(({ fingerprint }) => fingerprint)]);
}
