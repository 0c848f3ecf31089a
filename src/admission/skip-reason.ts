/** Why a pod is let through untouched: code → sentence for people. The code is the log field and the metric label. */
export const SKIP_REASONS = {
  'not-annotated': 'no annotation of the pod asks for a secret',
  'switched-off': 'keyfirst.dev/inject is "false"',
  'already-complete': 'the pod has everything that Keyfirst would add',
  'mirror-pod': 'the pod mirrors a static pod of a node; changes would not reach it',
} as const;

export type SkipReason = keyof typeof SKIP_REASONS;
