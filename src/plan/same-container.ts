import { isDeepStrictEqual } from 'node:util';
import { CHECK_VARIABLE, CONFIG_VARIABLE, TERMINATION_LOG } from '../contract/names.ts';
import { contains, isRecord } from './contains.ts';
import type { CheckContainer, JsonObject } from './injection-plan.ts';
import type { Container } from './pod.ts';
import { isSameImage } from './same-image.ts';
import { isSameVariable, isStripped } from './variables.ts';

/**
 * Whether a container that bears our name does what ours would do. Between two admissions other parties may rightly
 * change resources (LimitRange, autoscalers), the image's registry or digest (mirrors, signature checks), or add
 * containers, on which file modes and the message budget depend; these are not compared. Nor are variables beside the
 * configuration, of which `redirectingVariables` tells by name.
 */
export function isSameContainer(existing: Container, ours: JsonObject): boolean {
  return (
    !existing.command?.length &&
    !existing.args?.length &&
    !existing.envFrom?.length &&
    !existing.lifecycle &&
    runsOnce(existing) &&
    hidesNothing(existing) &&
    !isPrivileged(existing.securityContext) &&
    isSameImage(existing.image ?? '', typeof ours.image === 'string' ? ours.image : '') &&
    contains(existing.volumeMounts ?? [], ours.volumeMounts) &&
    isSameConfig(configOf(existing.env), configOf(ours.env))
  );
}

/**
 * Likewise for the check, whose program reads but one variable. That this lost its source is no difference: the check then
 * fails, as it should, unless it is mended.
 */
export function isSameCheck(existing: Container, ours: CheckContainer | undefined): boolean {
  const [proof, ...more] = (existing.env ?? []).filter(({ name }) => name === CHECK_VARIABLE);
  return (
    ours !== undefined &&
    contains(existing.command, ours.command) &&
    existing.command?.length === 1 &&
    !existing.args?.length &&
    !existing.envFrom?.length &&
    !existing.lifecycle &&
    !existing.restartPolicy &&
    hidesNothing(existing) &&
    !isPrivileged(existing.securityContext) &&
    isSameImage(existing.image ?? '', typeof ours.image === 'string' ? ours.image : '') &&
    proof !== undefined &&
    more.length === 0 &&
    !existing.env?.some(({ name }) => name.startsWith('LD_')) &&
    (isSameVariable(proof, ours.env[0]) || isStripped(proof))
  );
}

/** Not as a sidecar. `Never` comes with the rules of restart that newer clusters know, of which replicas may have learnt at different times. */
function runsOnce({ restartPolicy }: Container): boolean {
  return restartPolicy == null || restartPolicy === 'Never';
}

/**
 * Nothing lies over our program: neither the file that the kubelet mounts for the termination message, nor a volume; cloud
 * identity webhooks add theirs below `/var/run/secrets`.
 */
function hidesNothing({ terminationMessagePath, volumeMounts }: Container): boolean {
  return (
    (terminationMessagePath ?? TERMINATION_LOG) === TERMINATION_LOG &&
    (volumeMounts ?? []).every(
      ({ mountPath }) => /^\/(keyfirst|var\/run\/secrets)\//.test(mountPath) && !mountPath.split('/').includes('..'),
    )
  );
}

/** More rights than ours ever has. */
function isPrivileged(context: Container['securityContext']): boolean {
  const capabilities = context?.capabilities;
  const added = typeof capabilities === 'object' && capabilities !== null && 'add' in capabilities ? capabilities.add : undefined;
  return (
    context?.privileged === true ||
    context?.allowPrivilegeEscalation === true ||
    context?.runAsNonRoot === false ||
    context?.runAsUser === 0 ||
    (Array.isArray(added) && added.length > 0)
  );
}

/** The value of `KEYFIRST_CONFIG`; undefined when it is not there exactly once. */
export function configOf(env: unknown): string | undefined {
  if (!Array.isArray(env)) return undefined;
  const variables = env.filter((item) => item?.name === CONFIG_VARIABLE);
  return variables.length === 1 && typeof variables[0].value === 'string' ? variables[0].value : undefined;
}

function isSameConfig(existing: string | undefined, ours: string | undefined): boolean {
  // The kubelet replaces `$(X)` in it, after which it may say something else; ours holds no `$`.
  if (existing === undefined || ours === undefined || existing.includes('$')) return false;
  try {
    return isDeepStrictEqual(withoutDerived(JSON.parse(existing)), withoutDerived(JSON.parse(ours)));
  } catch {
    return false;
  }
}

/** What follows from the pod's containers, of which more may have come since, and from our release. By their places: stores and sources may bear such names. */
const DERIVED = ['contract', 'messageBytes', 'copyWrapper'];
const DERIVED_OF_ENTRY = ['mode', 'views', 'suffix', 'lists'];

function withoutDerived(config: unknown): unknown {
  if (!isRecord(config)) return config;
  const entries = (list: unknown) => (Array.isArray(list) ? list.map((entry) => without(entry, DERIVED_OF_ENTRY)) : list);
  return without({ ...config, secrets: entries(config.secrets), variables: entries(config.variables) }, DERIVED);
}

function without(value: unknown, names: readonly string[]): unknown {
  return isRecord(value) ? Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name))) : value;
}
