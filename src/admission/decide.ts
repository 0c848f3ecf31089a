import { type AnnotationContext, parseAnnotations } from '../annotations/parse.ts';
import type { Issue } from '../issues/issue.ts';
import { type Patch, patchFor } from '../patch/json-patch.ts';
import { buildPlan, type PlanSettings } from '../plan/build-plan.ts';
import type { InjectionPlan } from '../plan/injection-plan.ts';
import type { Pod } from '../plan/pod.ts';
import type { SettingValues } from '../stores/family.ts';
import { asks, isMirrorPod, isSwitchedOff } from './asks.ts';
import { limitIssues } from './limits.ts';
import type { SkipReason } from './skip-reason.ts';

export type Decision =
  | { kind: 'skip'; reason: SkipReason; warnings?: readonly string[] }
  | { kind: 'reject'; issues: readonly [Issue, ...Issue[]] }
  | { kind: 'inject'; plan: InjectionPlan; patch: Patch };

export interface DecisionSettings {
  readonly annotations: Omit<AnnotationContext, 'serviceAccount'>;
  readonly plan: PlanSettings;
}

/**
 * Truth table, first row that matches wins (`test/unit/src/admission/decide.test.ts` has the same rows):
 *
 * | mirror pod | inject "false" | annotations valid | asks | Windows | plan fits | anything missing | decision |
 * |---|---|---|---|---|---|---|---|
 * | yes | | | | | | | skip mirror-pod |
 * | no | yes | | | | | | skip switched-off |
 * | no | no | too large to read | | | | | reject too-large |
 * | no | no | no | | | | | reject invalid-annotation |
 * | no | no | yes | no | | | | skip not-annotated |
 * | no | no | yes | yes | yes | | | reject windows-pod |
 * | no | no | yes | yes | no | no | | reject with the plan's reasons |
 * | no | no | yes | yes | no | yes | no | skip already-complete |
 * | no | no | yes | yes | no | yes | yes | inject |
 */
export function decide(pod: Pod, namespace: string, settings: DecisionSettings, serviceAccount: SettingValues): Decision {
  const annotations = pod.metadata?.annotations ?? {};
  if (isMirrorPod(annotations)) return { kind: 'skip', reason: 'mirror-pod' };
  if (isSwitchedOff(annotations)) return { kind: 'skip', reason: 'switched-off' };

  const limits = limitIssues(annotations, pod.spec);
  if (limits.length > 0) return reject(limits);
  const parsed = parseAnnotations(annotations, { ...settings.annotations, serviceAccount });
  const windows = asks(annotations) && isWindows(pod) ? [WINDOWS] : [];
  if (!parsed.ok) return reject([...parsed.issues, ...windows]);
  if (!asks(annotations)) return { kind: 'skip', reason: 'not-annotated' };
  if (windows.length > 0) return reject(windows);

  const planned = buildPlan(parsed.request, pod, namespace, settings.plan);
  if (!planned.ok) return reject(planned.issues);
  const { plan } = planned;
  const patch = patchFor(pod, plan);
  if (patch.length > 0) return { kind: 'inject', plan, patch };
  return { kind: 'skip', reason: 'already-complete', ...(plan.late.length === 0 ? {} : { warnings: plan.late }) };
}

const WINDOWS: Issue = {
  reason: 'windows-pod',
  key: 'spec.os',
  message:
    'Keyfirst needs memory volumes, which Windows nodes do not have; set keyfirst.dev/inject: "false" and fetch the secrets in the app',
};

function isWindows({ spec }: Pod): boolean {
  return spec.os?.name === 'windows' || spec.nodeSelector?.['kubernetes.io/os'] === 'windows';
}

function reject([first, ...rest]: Issue[]): Decision {
  if (first === undefined) throw new Error('a rejection needs an issue');
  return { kind: 'reject', issues: [first, ...rest] };
}
