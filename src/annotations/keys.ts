import type * as z from 'zod';
import {
  AbsolutePath,
  ContainerNames,
  CpuQuantityOrEmpty,
  Deadline,
  EnvDelivery,
  MemoryQuantityOrEmpty,
  Order,
  Switch,
  VolumeSize,
} from '../stores/schemas.ts';

/** One row of the vocabulary: parser, docs and "did you mean" all come from it. */
export interface AnnotationKey {
  /** Text → typed value; the message of a failure follows the quoted value. */
  readonly schema: z.ZodType<unknown, string>;
  /** What holds when neither the pod nor the cluster says otherwise, as text. */
  readonly default: string;
  readonly sentence: string;
  readonly example: string;
}

/** Keys that stand for themselves, below `keyfirst.dev/`. */
export const KEYS = {
  inject: {
    schema: Switch,
    default: 'on when any other key asks for a secret',
    sentence: '`"false"` switches injection off for this pod; nothing else is then read.',
    example: '"false"',
  },
  containers: {
    schema: ContainerNames,
    default: 'all, mesh proxies aside',
    sentence: 'Which containers get the files, with commas between; init containers that run after ours count too.',
    example: 'web,worker',
  },
  'mount-path': {
    schema: AbsolutePath,
    default: '/keyfirst/secrets',
    sentence: 'Where the chosen containers see the files: an absolute path.',
    example: '/etc/secrets',
  },
  deadline: {
    schema: Deadline,
    default: '2m',
    sentence: 'How long the whole fetch may take, from 1s to 1h.',
    example: '1m30s',
  },
  'size-limit': {
    schema: VolumeSize,
    default: '4Mi',
    sentence: 'Size of the memory volume, at least 64Ki; replacing files needs room for twice the content.',
    example: '16Mi',
  },
  'env-delivery': {
    schema: EnvDelivery,
    default: 'auto',
    sentence: 'How variables reach the containers: `file-key-ref` by the kubelet, `exec` by a wrapper before the command, or `auto`.',
    example: 'exec',
  },
  order: {
    schema: Order,
    default: 'auto',
    sentence: 'Our place among the init containers: `auto` is after the last mesh proxy that is a native sidecar, else first.',
    example: 'last',
  },
  'resources.cpu-request': resource('CPU request', CpuQuantityOrEmpty, '50m', '100m'),
  'resources.cpu-limit': resource('CPU limit', CpuQuantityOrEmpty, 'none', '1'),
  'resources.memory-request': resource('memory request', MemoryQuantityOrEmpty, '64Mi', '96Mi'),
  'resources.memory-limit': resource('memory limit', MemoryQuantityOrEmpty, '128Mi', '256Mi'),
} as const satisfies Record<string, AnnotationKey>;

export type KeyName = keyof typeof KEYS;
export type KeyValues = { [Name in KeyName]?: z.output<(typeof KEYS)[Name]['schema']> };

/** Keys that carry a name of the user's choice, and the list; the parser knows each of them. */
export const FAMILIES = {
  'file.<name>': {
    default: '',
    sentence: 'A reference; its content goes to the file `<mount-path>/<name>`.',
    example: 'vault://secret/shop/db#password',
  },
  'env.<NAME>': {
    default: '',
    sentence: 'A reference; its content becomes the environment variable NAME, without a Secret object.',
    example: 'vault://secret/shop/db#password',
  },
  secrets: {
    default: '',
    sentence: 'A YAML list of entries with `file` or `env`, and `from`; it merges with the short forms.',
    example: '- {file: config/db.json, from: vault://secret/shop/db, mode: "0440"}',
  },
  'store.<store>.<setting>': {
    default: "the cluster's Helm values",
    sentence: 'A setting of a store for this pod.',
    example: 'shop',
  },
} as const;

/** Keys that a later release brings: refused as not available yet, never as unknown. */
export const LATER_KEYS = ['refresh', 'on-change'] as const;

function resource(name: string, schema: z.ZodString, value: string, example: string) {
  return {
    schema,
    default: value,
    sentence: `The ${name} of our init container; empty leaves it out.`,
    example,
  } satisfies AnnotationKey;
}
