import type { Container, Pod } from './pod.ts';

/** User of the injector image. */
export const IMAGE_USER = 65_532;

/** Who writes the files and who may read them. */
export interface Ownership {
  /** `runAsUser` and `runAsGroup` of our container; absent leaves them to the platform. */
  readonly user?: number;
  readonly group?: number;
  /** Permission bits of files whose entry names none. */
  readonly mode: number;
}

/**
 * | chosen containers | our user | mode |
 * |---|---|---|
 * | all run as one explicit user that is not root | that user (and group, if they share one) | 0400 |
 * | else, the pod has an fsGroup | the image's | 0440, group from the volume |
 * | else | the image's | 0444: only containers that mount the volume can see it |
 *
 * With `setUser` off (OpenShift gives each namespace its own range) our user is not ours to know, so the first row is skipped.
 */
export function chooseOwnership(consumers: readonly Container[], spec: Pod['spec'], setUser: boolean): Ownership {
  const fallback = { mode: sharesVolumeGroup(spec) ? 0o440 : 0o444 };
  if (!setUser) return fallback;
  const user = shared(consumers.map((container) => effectiveUser(container, spec)));
  if (user === undefined || user === 0) return { user: IMAGE_USER, ...fallback };
  const group = shared(consumers.map((container) => effectiveGroup(container, spec)));
  return { user, ...(group === undefined ? {} : { group }), mode: 0o400 };
}

/**
 * Whether a container surely can read a file of these bits that our container wrote. The kernel asks one class only, even
 * where a later one would allow more; root gets no exception, because it may have dropped its capabilities.
 *
 * | the container | bits that must be set |
 * |---|---|
 * | runs as our user | owner |
 * | else, is in the file's group (the volume's fsGroup, or our group) | group |
 * | else | other |
 *
 * Where a user or group is not known, every class that may apply needs its bit.
 */
export function canRead(container: Container, spec: Pod['spec'], ownership: Ownership, mode: number): boolean {
  const owner = same(effectiveUser(container, spec), ownership.user);
  if (owner !== 'no' && (mode & 0o400) === 0) return false;
  if (owner === 'yes') return true;
  const group = sharesVolumeGroup(spec) ? 'yes' : same(effectiveGroup(container, spec), ownership.group ?? podGroup(spec));
  if (group !== 'no' && (mode & 0o040) === 0) return false;
  return group === 'yes' || (mode & 0o004) !== 0;
}

/** Kubernetes puts every container of the pod into its fsGroup, and new files of the volume belong to it. */
function sharesVolumeGroup(spec: Pod['spec']): boolean {
  return typeof spec.securityContext?.fsGroup === 'number';
}

function same(a: number | undefined, b: number | undefined): 'yes' | 'no' | 'maybe' {
  if (a === undefined || b === undefined) return 'maybe';
  return a === b ? 'yes' : 'no';
}

export function effectiveUser(container: Container, spec: Pod['spec']): number | undefined {
  return container.securityContext?.runAsUser ?? spec.securityContext?.runAsUser ?? undefined;
}

function effectiveGroup(container: Container, spec: Pod['spec']): number | undefined {
  return container.securityContext?.runAsGroup ?? podGroup(spec);
}

/** Holds for our container too, unless it names its own. */
function podGroup(spec: Pod['spec']): number | undefined {
  return spec.securityContext?.runAsGroup ?? undefined;
}

/** The one value of all, or undefined when they differ, one is unknown, or there are none. */
function shared(values: readonly (number | undefined)[]): number | undefined {
  const [first] = values;
  return values.every((value) => value === first) ? first : undefined;
}
