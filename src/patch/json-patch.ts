import type { AddOperation } from 'fast-json-patch';
import { INIT_CONTAINER, STATUS_ANNOTATION } from '../contract/names.ts';
import type { InjectionPlan, JsonObject } from '../plan/injection-plan.ts';
import { isOurMount } from '../plan/our-mount.ts';
import type { Pod } from '../plan/pod.ts';

export type Patch = AddOperation<unknown>[];

/** Value of the status annotation; constant, so that a second admission changes nothing. */
export const STATUS = 'injected';

/**
 * RFC 6902 `add`s of what the plan wants and the pod lacks; empty when nothing is missing. Operations address the pod by
 * index, so mounts come before our container moves its neighbours. Nothing that is there is replaced.
 */
export function patchFor(pod: Pod, plan: InjectionPlan): Patch {
  const { spec } = pod;
  const patch: Patch = [];

  for (const { list, index, mount } of plan.consumers) {
    const mounts = spec[list]?.[index]?.volumeMounts;
    const present = mounts?.some((candidate) => isOurMount(candidate, mount));
    if (!present) append(patch, `/spec/${list}/${index}/volumeMounts`, mounts, [mount]);
  }

  const missing = plan.volumes.filter(({ name }) => !spec.volumes?.some((volume) => volume.name === name));
  append(patch, '/spec/volumes', spec.volumes, missing);

  if (!spec.initContainers?.some(({ name }) => name === INIT_CONTAINER)) {
    if (spec.initContainers) add(patch, `/spec/initContainers/${plan.position}`, plan.initContainer);
    else add(patch, '/spec/initContainers', [plan.initContainer]);
  }

  if (pod.metadata?.annotations?.[STATUS_ANNOTATION] !== STATUS) {
    // There is always a metadata with annotations: without one of ours the pod asks for nothing.
    add(patch, `/metadata/annotations/${STATUS_ANNOTATION.replace('/', '~1')}`, STATUS);
  }
  return patch;
}

/** Adds to the end of a list that may be absent or null. */
function append(patch: Patch, path: string, existing: readonly unknown[] | null | undefined, items: readonly JsonObject[]): void {
  if (items.length === 0) return;
  if (existing) for (const item of items) add(patch, `${path}/-`, item);
  else add(patch, path, items);
}

function add(patch: Patch, path: string, value: unknown): void {
  patch.push({ op: 'add', path, value });
}
