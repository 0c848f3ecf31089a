import type { InjectionPlan } from './injection-plan.ts';
import type { VolumeMount } from './pod.ts';

/** Whether a mount of a container is the one that the plan gives it: the whole volume at its path. */
export function isOurMount({ name, mountPath, subPath, subPathExpr }: VolumeMount, mount: InjectionPlan['mount']): boolean {
  return name === mount.name && mountPath === mount.mountPath && !subPath && !subPathExpr;
}
