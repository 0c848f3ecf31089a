import { createHash } from 'node:crypto';
import { namesOf, type RequestedVariables } from '../annotations/request.ts';
import { ENV_VOLUME, VARIABLES_FILE, WRAPPER_DIRECTORY, WRAPPER_FILE, WRAPPER_NAME } from '../contract/names.ts';
import { contains } from './contains.ts';
import type { Delivery } from './delivery.ts';
import type { FileVariable } from './injection-plan.ts';
import type { Container } from './pod.ts';

/** What the entries that a container gets by `fileKeyRef` put into its `env`. */
export function fileVariables(entries: readonly RequestedVariables[]): FileVariable[] {
  return entries.flatMap((entry) =>
    namesOf(entry).map((name) => ({
      name,
      valueFrom: {
        fileKeyRef: { volumeName: ENV_VOLUME, path: name + suffixOf(entry), key: name, ...(entry.optional ? { optional: true } : {}) },
      },
    })),
  );
}

/** Tells files of one variable apart that different containers get from different secrets. */
export function suffixOf({ containers }: Pick<RequestedVariables, 'containers'>): string {
  if (containers === undefined) return '';
  return `.${createHash('sha256').update(containers.toSorted().join(',')).digest('hex').slice(0, 8)}`;
}

/** What goes before a container's command. The kubelet makes `$` of `$$`. */
export function wrapperCommand(mountPath: string, copied: boolean): string[] {
  const wrapper = copied ? `${mountPath}/${WRAPPER_FILE}` : `${WRAPPER_DIRECTORY}/${WRAPPER_NAME}`;
  return [wrapper, `${mountPath}/${VARIABLES_FILE}`].map((text) => text.replaceAll('$', '$$$$'));
}

/** How far a container already is from an earlier admission; undefined when nothing of ours is in it. */
export function deliveredBefore(
  { env, command }: Container,
  variables: readonly FileVariable[],
  prefix: readonly string[],
): Delivery | undefined {
  if (isWrapped(command, prefix)) return 'exec';
  return variables.some((variable) => env?.some((existing) => isSameVariable(existing, variable))) ? 'file-key-ref' : undefined;
}

export function isWrapped(command: Container['command'], prefix: readonly string[]): boolean {
  return prefix.length > 0 && prefix.every((part, index) => command?.[index] === part);
}

/** Whether an entry of `env` is the one that we add; the API server adds defaults. */
export function isSameVariable(existing: NonNullable<Container['env']>[number], variable: FileVariable): boolean {
  return contains(existing, variable);
}

/** An entry of `env` that has lost its source: a webhook of someone else that does not know `fileKeyRef` drops it without a word. */
export function isStripped({ value, valueFrom }: NonNullable<Container['env']>[number]): boolean {
  const hasSource = typeof valueFrom === 'object' && valueFrom !== null && Object.values(valueFrom).some((source) => source != null);
  return !value && !hasSource;
}

/** Variables that a container mentions as `$(NAME)`, which the kubelet replaces before the wrapper sets anything. */
export function mentioned({ command, args, env }: Container, names: readonly string[]): string[] {
  const texts = [...(command ?? []), ...(args ?? []), ...(env ?? []).map(({ value }) => value ?? '')];
  // `$$` stands for one dollar, so that `$$(NAME)` mentions nothing.
  const found = new Set(texts.flatMap((text) => [...text.matchAll(/\$\$|\$\(([^)]*)\)/g)].map(([, name]) => name)));
  return names.filter((name) => found.has(name));
}
