import { createHash } from 'node:crypto';
import { namesOf, type RequestedVariables } from '../annotations/request.ts';
import { ENV_VOLUME, VARIABLES_FILE, WRAPPER_DIRECTORY, WRAPPER_FILE, WRAPPER_NAME } from '../contract/names.ts';
import { contains } from './contains.ts';
import type { FileVariable } from './injection-plan.ts';
import type { Container, EnvVar } from './pod.ts';

/** What the entries that a container gets by `fileKeyRef` put into its `env`. */
export function fileVariables(entries: readonly RequestedVariables[]): FileVariable[] {
  return entries.flatMap((entry) => {
    const suffix = suffixOf(entry);
    return namesOf(entry).map((name) => fileVariable(entry, name, suffix));
  });
}

export function fileVariable(entry: RequestedVariables, name: string, suffix = suffixOf(entry)): FileVariable {
  const fileKeyRef = { volumeName: ENV_VOLUME, path: name + suffix, key: name, ...(entry.optional ? { optional: true } : {}) };
  return { name, valueFrom: { fileKeyRef } };
}

/** Tells files of one variable apart that different containers get from different secrets. */
export function suffixOf(entry: RequestedVariables): string {
  const { containers } = entry;
  if (containers === undefined) return '';
  const known = suffixes.get(entry);
  if (known !== undefined) return known;
  const suffix = `.${createHash('sha256').update(containers.toSorted().join(',')).digest('hex').slice(0, 8)}`;
  suffixes.set(entry, suffix);
  return suffix;
}

/** An entry is asked for once a variable and container. */
const suffixes = new WeakMap<RequestedVariables, string>();

/** What goes before a container's command. The kubelet makes `$` of `$$`. */
export function wrapperCommand(mountPath: string, copied: boolean): string[] {
  const wrapper = copied ? `${mountPath}/${WRAPPER_FILE}` : `${WRAPPER_DIRECTORY}/${WRAPPER_NAME}`;
  return [wrapper, `${mountPath}/${VARIABLES_FILE}`].map((text) => text.replaceAll('$', '$$$$'));
}

export function isWrapped(command: Container['command'], prefix: readonly string[]): boolean {
  return prefix.length > 0 && prefix.every((part, index) => command?.[index] === part);
}

/** Whether an entry of `env` is the one that we add; the API server adds defaults. */
export function isSameVariable(existing: EnvVar, variable: FileVariable): boolean {
  return contains(existing, variable);
}

/** An entry of `env` that has lost its source: a webhook of someone else that does not know `fileKeyRef` drops it without a word. */
export function isStripped({ value, valueFrom }: EnvVar): boolean {
  const hasSource = typeof valueFrom === 'object' && valueFrom !== null && Object.values(valueFrom).some((source) => source != null);
  return !value && !hasSource;
}
