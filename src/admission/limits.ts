import { MAX_CONFIG_BYTES } from '../contract/injector-config.ts';
import { ANNOTATION_PREFIX } from '../contract/names.ts';
import type { Issue } from '../issues/issue.ts';
import type { Pod } from '../plan/pod.ts';
import type { Annotations } from './asks.ts';

/** What the API server takes of all annotations together; it checks only after us. */
export const MOST_ANNOTATION_BYTES = 262_144;
const LIST = `${ANNOTATION_PREFIX}secrets`;
/** Far beyond any real pod; work grows with files times containers. */
const MOST_CONTAINERS = 500;
const MOST_KEYS = 1000;

/** What is too large to be read at all: a tenant's pod must not keep the webhook busy. */
export function limitIssues(annotations: Annotations, { containers, initContainers }: Pod['spec']): Issue[] {
  const ours = Object.entries(annotations).filter(([key]) => key.startsWith(ANNOTATION_PREFIX));
  const bytes = ours.reduce((total, [key, value]) => total + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
  const listBytes = Buffer.byteLength(annotations[LIST] ?? '');
  const count = containers.length + (initContainers?.length ?? 0);
  return [
    ...(bytes > MOST_ANNOTATION_BYTES
      ? [tooLarge('metadata.annotations', `${bytes} bytes of keyfirst.dev annotations`, MOST_ANNOTATION_BYTES)]
      : []),
    ...(ours.length > MOST_KEYS ? [tooLarge('metadata.annotations', `${ours.length} keyfirst.dev annotations`, MOST_KEYS)] : []),
    ...(listBytes > MAX_CONFIG_BYTES ? [tooLarge(LIST, `${listBytes} bytes`, MAX_CONFIG_BYTES)] : []),
    ...(count > MOST_CONTAINERS ? [tooLarge('spec.containers', `${count} containers`, MOST_CONTAINERS)] : []),
  ];
}

function tooLarge(key: string, what: string, most: number): Issue {
  return { reason: 'too-large', key, message: `has ${what}; at most ${most} can be handled, so ask for less` };
}
