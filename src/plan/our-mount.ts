import type { Mount } from './injection-plan.ts';
import type { VolumeMount } from './pod.ts';

/** Whether a mount of a container is the one that the plan gives it: the whole volume, or its view, at its path. */
export function isOurMount({ name, mountPath, subPath, subPathExpr }: VolumeMount, mount: Mount): boolean {
  return name === mount.name && mountPath === mount.mountPath && (subPath || undefined) === (mount.subPath ?? undefined) && !subPathExpr;
}
