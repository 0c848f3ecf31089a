import { someOf } from '../issues/did-you-mean.ts';
import type { Decision } from './decide.ts';
import type { Misplaced } from './pod-template.ts';
import { fitWarnings } from './warnings.ts';
import type { WorkloadKind } from './workload-review.ts';

/**
 * What to tell who makes a workload, the worst first: why its pods will be refused, which annotations do nothing where they
 * are, and what works but bites. `decision`: what a pod of its template would get now; undefined where that is not known.
 * Empty for a template that is switched off.
 */
export function adviseWorkload(kind: WorkloadKind, misplaced: Misplaced | undefined, decision: Decision | undefined): string[] {
  if (decision?.kind === 'skip' && decision.reason === 'switched-off') return [];
  return fitWarnings([
    ...(decision?.kind === 'reject' ? refusal(kind, decision.issues) : []),
    ...(misplaced === undefined ? [] : [whereTo(misplaced)]),
    ...(decision?.kind === 'inject' ? decision.plan.warnings : []),
  ]);
}

function refusal(kind: WorkloadKind, issues: Extract<Decision, { kind: 'reject' }>['issues']): string[] {
  const these = issues.length === 1 ? 'this is' : `these ${issues.length} problems are`;
  return [`the pods of this ${kind} will be refused until ${these} solved:`, ...issues.map(({ key, message }) => `${key}: ${message}`)];
}

function whereTo({ keys, place }: Misplaced): string {
  const [does, it] = keys.length === 1 ? ['does', 'it'] : ['do', 'them'];
  return `${someOf(keys)} ${does} nothing outside the pod template; put ${it} in ${place}`;
}
