import { withoutEndSlashes } from '../common/end-slashes.ts';
import {
  CHECK_CONTAINER,
  ENV_VOLUME,
  IDENTITY_VOLUME,
  INIT_CONTAINER,
  SECRETS_VOLUME,
  STATUS_ANNOTATION,
  WRAPPER_VOLUME,
} from '../contract/names.ts';
import type { Issue } from '../issues/issue.ts';
import type { InjectionPlan, Mount } from './injection-plan.ts';
import { isOurMount } from './our-mount.ts';
import type { Container, Pod, VolumeMount } from './pod.ts';
import { redirectingVariables } from './redirecting-variables.ts';
import { findReservedVolumes } from './reserved-volumes.ts';
import { isSameCheck, isSameContainer } from './same-container.ts';

/** Volumes that the pod's own containers mount, too. */
const READ_BY_APPS: readonly string[] = [SECRETS_VOLUME, WRAPPER_VOLUME];

/**
 * What of the pod stands where our pieces must go. A piece that is already there as we would add it is fine (a second
 * admission); one that only bears the name, or a foreign container that mounts what is ours alone, is refused.
 */
export function findReserved(pod: Pod, plan: InjectionPlan): Issue[] {
  const { spec, metadata } = pod;
  const notOurs =
    metadata?.annotations?.[STATUS_ANNOTATION] === undefined
      ? 'bears the name of the Keyfirst init container but is not as Keyfirst would add it; remove it from your pod'
      : 'is not as Keyfirst would add it now: another webhook changed it, it was copied from a live pod, or Keyfirst is being upgraded; create the pod again, without a container of this name';
  const ours = new Set(
    [...plan.volumes.map(({ name }) => name), IDENTITY_VOLUME, ENV_VOLUME].filter((name) => !READ_BY_APPS.includes(name)),
  );
  const all = [...spec.containers.map(at('containers')), ...(spec.initContainers ?? []).map(at('initContainers'))];
  const mounts = new Map(plan.consumers.map((consumer) => [consumer.name, consumer.mounts]));

  const containers = all.flatMap(({ container, list, key }): Issue[] => {
    if (list === 'containers' && (container.name === CHECK_CONTAINER || container.name === INIT_CONTAINER)) {
      return [reserved(key, 'is a name that Keyfirst reserves; give your container another name')];
    }
    if (container.name === INIT_CONTAINER)
      return isSameContainer(container, plan.initContainer) ? redirected(key, container) : [reserved(key, notOurs)];
    if (container.name === CHECK_CONTAINER) return isSameCheck(container, plan.checkContainer) ? [] : [reserved(key, notOurs)];
    return (container.volumeMounts ?? []).flatMap((existing) => mountIssue(key, existing, ours));
  });
  const taken = all.flatMap(({ container, key }): Issue[] => {
    return (mounts.get(container.name) ?? []).flatMap((mount) => {
      const other = (container.volumeMounts ?? []).find((existing) => isTaken(existing, mount));
      if (other === undefined) return [];
      const where = `mounts \`${other.name}\` at ${other.mountPath}`;
      if (mount.name !== SECRETS_VOLUME) return [reserved(key, `${where}, which Keyfirst needs; mount it elsewhere`)];
      return [reserved(key, `${where}, where the secrets go; set keyfirst.dev/mount-path to another path`)];
    });
  });
  return [...findReservedVolumes(pod, plan), ...containers, ...taken];
}

/** Another mount at our path or below it; Linux takes trailing slashes for nothing. */
function isTaken(existing: VolumeMount, mount: Mount): boolean {
  const path = withoutEndSlashes(existing.mountPath);
  if (path !== mount.mountPath && !path.startsWith(`${mount.mountPath}/`)) return false;
  return !isOurMount(existing, mount);
}

function mountIssue(key: string, { name, readOnly }: VolumeMount, ours: ReadonlySet<string>): Issue[] {
  if (ours.has(name)) return [reserved(key, `mounts \`${name}\`, which only the Keyfirst init container may mount; remove that mount`)];
  if (READ_BY_APPS.includes(name) && readOnly !== true)
    return [reserved(key, `mounts \`${name}\` writable; set readOnly: true or leave the mount to Keyfirst`)];
  return [];
}

function redirected(key: string, container: Container): Issue[] {
  const names = redirectingVariables(container).join(', ');
  if (names === '') return [];
  const what = 'which decides what it runs, whom it trusts or whose credentials it takes';
  return [reserved(key, `has the variable ${names}, ${what}: another webhook added it; keep it from containers of this name`)];
}

function at(list: 'containers' | 'initContainers') {
  return (container: Container) => ({ container, list, key: `spec.${list}[${container.name}]` });
}

function reserved(key: string, message: string): Issue {
  return { reason: 'reserved-name', key, message };
}
