import { isDeepStrictEqual } from 'node:util';
import { CHECK_VARIABLE, CONFIG_VARIABLE } from '../contract/names.ts';
import { contains } from './contains.ts';
import type { JsonObject } from './injection-plan.ts';
import type { Container } from './pod.ts';

/**
 * Whether a container that bears our name does what ours would do. Between two admissions other parties may rightly
 * change resources (LimitRange, autoscalers), the image's registry or digest (mirrors, signature checks), or add
 * containers, on which file modes and the message budget depend; these are not compared.
 */
export function isSameContainer(existing: Container, ours: JsonObject): boolean {
  return (
    !existing.command?.length &&
    !existing.args?.length &&
    !existing.envFrom?.length &&
    !existing.lifecycle &&
    (existing.restartPolicy ?? undefined) === ours.restartPolicy &&
    !isPrivileged(existing.securityContext) &&
    isSameImage(existing.image ?? '', typeof ours.image === 'string' ? ours.image : '') &&
    contains(existing.volumeMounts ?? [], ours.volumeMounts) &&
    isSameConfig(configOf(existing.env), configOf(ours.env))
  );
}

/** Likewise for the check. That its variable lost its source is no difference: it then fails, as it should, unless it is mended. */
export function isSameCheck(existing: Container, ours: JsonObject | undefined): boolean {
  return (
    ours !== undefined &&
    contains(existing.command, ours.command) &&
    existing.command?.length === 1 &&
    !existing.args?.length &&
    !existing.envFrom?.length &&
    !existing.lifecycle &&
    !existing.restartPolicy &&
    !isPrivileged(existing.securityContext) &&
    isSameImage(existing.image ?? '', typeof ours.image === 'string' ? ours.image : '') &&
    existing.env?.length === 1 &&
    existing.env[0]?.name === CHECK_VARIABLE
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
  if (existing === undefined || ours === undefined) return false;
  try {
    return isDeepStrictEqual(withoutDerived(JSON.parse(existing)), withoutDerived(JSON.parse(ours)));
  } catch {
    return false;
  }
}

/** What follows from the pod's containers, of which more may have come since, and from our release. */
const DERIVED = new Set(['contract', 'messageBytes', 'mode', 'views', 'suffix', 'lists', 'copyWrapper']);

function withoutDerived(config: unknown): unknown {
  return JSON.parse(JSON.stringify(config, (key, value) => (DERIVED.has(key) ? undefined : value)));
}

/** The repository without its registry, and the tag; a digest may come or go. */
function isSameImage(existing: string, ours: string): boolean {
  if (existing === ours) return true;
  const [a, b] = [imageParts(existing), imageParts(ours)];
  const sameRepository = a.repository === b.repository || a.repository.endsWith(`/${b.repository}`);
  // A webhook that pins digests may put one in the place of the tag, which then tells us nothing more.
  const sameVersion =
    a.tag !== undefined && b.tag !== undefined
      ? a.tag === b.tag
      : a.digest === undefined || b.digest === undefined || a.digest === b.digest;
  return sameRepository && sameVersion;
}

function imageParts(image: string): { repository: string; tag: string | undefined; digest: string | undefined } {
  const [name = '', digest] = image.split('@');
  const colon = name.lastIndexOf(':');
  const hasTag = colon > name.lastIndexOf('/');
  const path = (hasTag ? name.slice(0, colon) : name).split('/');
  const first = path[0] ?? '';
  const hasRegistry = path.length > 1 && (first.includes('.') || first.includes(':') || first === 'localhost');
  return {
    repository: (hasRegistry ? path.slice(1) : path).join('/'),
    tag: hasTag ? name.slice(colon + 1) : undefined,
    digest,
  };
}
