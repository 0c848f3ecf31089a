import { canRead } from './ownership.ts';
import type { Container, Pod } from './pod.ts';
import { configOf } from './same-container.ts';

/** What a container of ours, added at an earlier admission, writes: it cannot be changed any more. */
export interface Written {
  /** Folders of the volume; the empty name is its root. */
  readonly hasView: (view: string) => boolean;
  /** Whether the entry of this key has files that the kubelet reads. */
  readonly hasFileVariables: (key: string) => boolean;
  /** Whether a container can surely read all of it. */
  readonly readableBy: (container: Container) => boolean;
}

/** Reads it off our container. What is not our configuration writes nothing. */
export function whatIsWritten(ours: Container, spec: Pod['spec']): Written {
  const config = configOf(ours.env) ?? '';
  const views = new Set([...config.matchAll(/"(view-[0-9a-f]{12})"/g)].flatMap(([, view]) => view ?? []));
  const modes = [...config.matchAll(/"mode":(\d+)/g)].map(([, mode]) => Number(mode));
  const suffixed = new Set(variablesOf(config).flatMap(({ key, suffix }) => (typeof suffix === 'string' ? [key] : [])));
  const { runAsUser, runAsGroup } = ours.securityContext ?? {};
  const writer = {
    ...(typeof runAsUser === 'number' ? { user: runAsUser } : {}),
    ...(typeof runAsGroup === 'number' ? { group: runAsGroup } : {}),
  };
  return {
    hasView: (view) => view === '' || views.has(view),
    hasFileVariables: (key) => suffixed.has(key),
    readableBy: (container) => modes.every((mode) => canRead(container, spec, { ...writer, mode }, mode)),
  };
}

function variablesOf(config: string): { key?: unknown; suffix?: unknown }[] {
  try {
    const { variables } = JSON.parse(config);
    return Array.isArray(variables) ? variables.filter((entry) => typeof entry === 'object' && entry !== null) : [];
  } catch {
    return [];
  }
}
