import { adviseWorkload } from '../admission/advise-workload.ts';
import type { DecisionSettings } from '../admission/decide.ts';
import { mutatePod } from '../admission/mutate-pod.ts';
import { ourAnnotations } from '../admission/our-annotations.ts';
import { findTemplate } from '../admission/pod-template.ts';
import { neededServiceAccount } from '../admission/service-account.ts';
import type { WorkloadRequest } from '../admission/workload-review.ts';
import type { AccountReader } from './admit.ts';

export interface Advice {
  /** `unknown`: the identity of the pods' ServiceAccount could not be read, so that only misplaced annotations were looked at. */
  readonly outcome: 'silent' | 'warned' | 'unknown';
  readonly warnings: readonly string[];
}

/** What `/mutate` would say of the pods of a workload, as warnings. What cannot be found out is no reason to warn. */
export async function advise(
  { kind, namespace, object }: Pick<WorkloadRequest, 'kind' | 'namespace' | 'object'>,
  settings: DecisionSettings,
  accounts: AccountReader | undefined,
): Promise<Advice> {
  const template = findTemplate(kind, object);
  if (template === undefined) return { outcome: 'silent', warnings: [] };
  const { pod, misplaced } = template;
  // As for pods: without an annotation of ours the webhook is not even called.
  const asked = ourAnnotations(pod.metadata).length > 0;
  const name = accounts === undefined ? undefined : neededServiceAccount(pod, settings.annotations.stores);
  const account = name === undefined ? {} : await accounts?.annotations(namespace, name).catch(() => undefined);
  const decision = asked && account !== undefined ? mutatePod(pod, namespace, settings, account) : undefined;
  const warnings = adviseWorkload(kind, misplaced, decision);
  return { outcome: account === undefined ? 'unknown' : warnings.length > 0 ? 'warned' : 'silent', warnings };
}
