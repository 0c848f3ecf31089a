import { KubeError } from '../kube/kube-error.ts';
import type { WebhookConfiguration, WebhookConfigurations } from '../kube/webhook-configurations.ts';
import { backOff } from './back-off.ts';
import type { Clock } from './clock.ts';

export interface ConfigurationWatch {
  readonly configurationName: string;
  readonly configurations: Pick<WebhookConfigurations, 'watch'>;
  readonly clock: Clock;
  readonly random: () => number;
  /** Before each watch, which is silent about an object that does not exist: a read is not. */
  readonly onBegin: () => void;
  /** The present state, then each change (undefined: deleted). */
  readonly onState: (state: WebhookConfiguration | undefined) => void;
  /** Why watching failed; undefined when it works. */
  readonly onProblem: (error: unknown) => void;
}

const RETRY = { base: 100, most: 2_000 };
/** Shorter: a replica that started while the API server was away should be of use at once after its return. */
const AWAY = { base: 100, most: 500 };

/** Watches one webhook configuration, again and again, until `signal` aborts; never rejects. */
export async function watchConfiguration(watch: ConfigurationWatch, signal: AbortSignal): Promise<void> {
  const { configurationName, configurations, clock, random, onBegin, onState, onProblem } = watch;
  for (let failures = 0; !signal.aborted; ) {
    const started = clock.elapsed();
    let pace = RETRY;
    try {
      onBegin();
      await configurations.watch(configurationName, onState, signal);
      onProblem(undefined);
      failures = clock.elapsed() - started >= RETRY.most ? 0 : failures + 1;
    } catch (error) {
      onProblem(error);
      pace = paceAfterError(error);
      failures += 1;
    }
    if (failures > 0) await clock.sleep(backOff(failures, pace, random), signal);
  }
}

/** How fast to try again after a failed call to the API server. */
export function paceAfterError(error: unknown): { base: number; most: number } {
  return error instanceof KubeError && error.code === 'cluster-unreachable' ? AWAY : RETRY;
}
