import * as z from 'zod';
import { canRead } from './ownership.ts';
import type { Container, Pod } from './pod.ts';
import { configOf } from './same-container.ts';

/** What a container of ours, added at an earlier admission, writes: it cannot be changed any more. */
export interface Written {
  /** Folders of the volume; the empty name is its root. */
  readonly hasView: (view: string) => boolean;
  /** Whether the entry of this key has files that the kubelet reads. */
  readonly hasFileVariables: (key: string) => boolean;
  /** Whether the entry of this key is in the wrapper's list in that folder. */
  readonly isListed: (key: string, view: string) => boolean;
  /** Whether the wrapper lies beside each list. */
  readonly hasWrapper: boolean;
  /** Whether a container can surely read all of it. */
  readonly readableBy: (container: Container) => boolean;
}

/** Reads it off our container. What is not our configuration writes nothing. */
export function whatIsWritten(ours: Container, spec: Pod['spec']): Written {
  const { secrets = [], variables = [], copyWrapper } = configIn(ours);
  const views = new Set([...secrets.flatMap((file) => file.views ?? []), ...variables.flatMap(({ lists }) => lists ?? [])]);
  const modes = new Set([...secrets, ...variables].flatMap(({ mode }) => mode ?? []));
  const byKey = new Map(variables.map((entry) => [entry.key, entry]));
  const { runAsUser, runAsGroup } = ours.securityContext ?? {};
  const writer = {
    ...(typeof runAsUser === 'number' ? { user: runAsUser } : {}),
    ...(typeof runAsGroup === 'number' ? { group: runAsGroup } : {}),
  };
  return {
    hasView: (view) => view === '' || views.has(view),
    hasFileVariables: (key) => byKey.get(key)?.suffix !== undefined,
    isListed: (key, view) => byKey.get(key)?.lists?.includes(view) === true,
    hasWrapper: copyWrapper === true,
    readableBy: (container) => [...modes].every((mode) => canRead(container, spec, { ...writer, mode }, mode)),
  };
}

const Names = z.array(z.string()).optional();
const Config = z.looseObject({
  secrets: z.array(z.looseObject({ mode: z.number().optional(), views: Names })).optional(),
  variables: z
    .array(z.looseObject({ key: z.string(), mode: z.number().optional(), suffix: z.string().optional(), lists: Names }))
    .optional(),
  copyWrapper: z.boolean().optional(),
});

function configIn({ env }: Container): z.infer<typeof Config> {
  try {
    return Config.safeParse(JSON.parse(configOf(env) ?? '{}')).data ?? {};
  } catch {
    return {};
  }
}
