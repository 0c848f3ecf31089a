import type * as z from 'zod';
import type { Issue } from '../issues/issue.ts';
import { Pod } from '../plan/pod.ts';
import type { SettingValues } from '../stores/family.ts';
import { type Decision, type DecisionSettings, decide } from './decide.ts';

/**
 * The pure pipeline from a pod of unknown shape to a decision; no I/O, same input same output.
 * `serviceAccount`: identity annotations of the pod's ServiceAccount, where they are known.
 */
export function mutatePod(pod: unknown, namespace: string, settings: DecisionSettings, serviceAccount: SettingValues = {}): Decision {
  const parsed = Pod.safeParse(pod);
  if (parsed.success) return decide(parsed.data, namespace, settings, serviceAccount);
  const [first, ...rest] = parsed.error.issues.map(malformed);
  return { kind: 'reject', issues: [first ?? { reason: 'malformed-pod', key: 'pod', message: 'is not a pod' }, ...rest] };
}

function malformed(issue: z.core.$ZodIssue): Issue {
  return { reason: 'malformed-pod', key: issue.path.join('.') || 'pod', message: issue.message };
}
