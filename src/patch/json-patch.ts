import type { AddOperation } from 'fast-json-patch';
import { CHECK_CONTAINER, INIT_CONTAINER, STATUS_ANNOTATION } from '../contract/names.ts';
import type { CheckContainer, Consumer, InjectionPlan, JsonObject } from '../plan/injection-plan.ts';
import { isOurMount } from '../plan/our-mount.ts';
import type { Container, Pod } from '../plan/pod.ts';
import { isSameVariable, isWrapped } from '../plan/variables.ts';

export type Patch = AddOperation<unknown>[];

/** Value of the status annotation; constant, so that a second admission changes nothing. */
export const STATUS = 'injected';

/**
 * RFC 6902 `add`s of what the plan wants and the pod lacks; empty when nothing is missing. Operations address the pod by
 * index, so what containers get comes before our container moves its neighbours. Nothing that is there is replaced, but a
 * variable's source that another webhook dropped.
 */
export function patchFor(pod: Pod, plan: InjectionPlan): Patch {
  const { spec } = pod;
  const patch: Patch = [];

  for (const consumer of plan.consumers) {
    const container = spec[consumer.list]?.[consumer.index];
    if (container !== undefined) giveTo(patch, `/spec/${consumer.list}/${consumer.index}`, container, consumer);
  }

  const missing = plan.volumes.filter(({ name }) => !spec.volumes?.some((volume) => volume.name === name));
  append(patch, '/spec/volumes', spec.volumes, missing);
  addInitContainers(patch, spec.initContainers ?? undefined, plan);

  if (pod.metadata?.annotations?.[STATUS_ANNOTATION] !== STATUS) {
    // There is always a metadata with annotations: without one of ours the pod asks for nothing.
    add(patch, `/metadata/annotations/${STATUS_ANNOTATION.replace('/', '~1')}`, STATUS);
  }
  return patch;
}

function giveTo(patch: Patch, path: string, { volumeMounts, env, command }: Container, consumer: Consumer): void {
  const mounts = consumer.mounts.filter((mount) => !volumeMounts?.some((existing) => isOurMount(existing, mount)));
  append(patch, `${path}/volumeMounts`, volumeMounts, mounts);

  const wanted = new Map(consumer.env.map((variable) => [variable.name, variable]));
  for (const [index, existing] of (env ?? []).entries()) {
    const variable = wanted.get(existing.name);
    wanted.delete(existing.name);
    if (variable !== undefined && !isSameVariable(existing, variable)) add(patch, `${path}/env/${index}/valueFrom`, variable.valueFrom);
  }
  prepend(patch, `${path}/env`, env, [...wanted.values()]);
  if (consumer.command.length > 0 && !isWrapped(command, consumer.command)) prepend(patch, `${path}/command`, command, consumer.command);
}

function addInitContainers(
  patch: Patch,
  existing: readonly Container[] | undefined,
  { initContainer, checkContainer, position }: InjectionPlan,
): void {
  const has = (wanted: string) => existing?.some(({ name }) => name === wanted) === true;
  const missing = [
    ...(has(INIT_CONTAINER) ? [] : [{ at: position, container: initContainer }]),
    ...(checkContainer === undefined || has(CHECK_CONTAINER) ? [] : [{ at: position + 1, container: checkContainer }]),
  ];
  if (existing === undefined) {
    if (missing.length > 0)
      add(
        patch,
        '/spec/initContainers',
        missing.map(({ container }) => container),
      );
    return;
  }
  mendCheck(patch, existing, checkContainer);
  for (const { at, container } of missing) add(patch, `/spec/initContainers/${at}`, container);
}

/** Its variable has a source that another webhook may have dropped, like those of the app. */
function mendCheck(patch: Patch, existing: readonly Container[], wanted: CheckContainer | undefined): void {
  if (wanted === undefined) return;
  const [proof] = wanted.env;
  const index = existing.findIndex(({ name }) => name === CHECK_CONTAINER);
  const place = existing[index]?.env?.findIndex(({ name }) => name === proof.name) ?? -1;
  const variable = existing[index]?.env?.[place];
  if (variable === undefined || isSameVariable(variable, proof)) return;
  add(patch, `/spec/initContainers/${index}/env/${place}/valueFrom`, proof.valueFrom);
}

/** Adds to the end of a list that may be absent or null. */
function append(patch: Patch, path: string, existing: readonly unknown[] | null | undefined, items: readonly JsonObject[]): void {
  if (items.length === 0) return;
  if (existing) for (const item of items) add(patch, `${path}/-`, item);
  else add(patch, path, items);
}

/** Adds to the beginning of a list that may be absent or null. */
function prepend(
  patch: Patch,
  path: string,
  existing: readonly unknown[] | null | undefined,
  items: readonly (JsonObject | string)[],
): void {
  if (items.length === 0) return;
  if (existing) for (const [index, item] of items.entries()) add(patch, `${path}/${index}`, item);
  else add(patch, path, items);
}

function add(patch: Patch, path: string, value: unknown): void {
  patch.push({ op: 'add', path, value });
}
