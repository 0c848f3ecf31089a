import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { isRecord } from '../plan/contains.ts';
import type { DecisionSettings } from './decide.ts';
import type { mutatePod } from './mutate-pod.ts';
import { type Verdict, verdictOf } from './verdict.ts';

/** Templates of pods. */
const MOST = 1000;
/** Characters of the answers to them together; little else is kept. */
const MOST_CHARACTERS = 4 * 1024 * 1024;
/** Of what is kept beside an answer. */
const SMALL = 300;

/** Stands for the verdict on a pod that came once: most never come again, and to keep what was made for them costs more than to make it. */
const SEEN = 'seen';

/**
 * `mutate` and its verdict, remembered: the pods of one Deployment differ in names only, which the decision does not read, so
 * that it is made once for all of them. Rejections are made anew each time: their messages may quote a name.
 * docs/adr/0010-decisions-are-remembered.md has the reasons, `remember-decisions.test.ts` the proof.
 */
export function rememberDecisions(mutate: typeof mutatePod): (...call: Parameters<typeof mutatePod>) => Verdict {
  const verdicts = new LRUCache<string, Verdict | typeof SEEN>({ max: MOST, maxSize: MOST_CHARACTERS, sizeCalculation: sizeOf });
  let madeWith: DecisionSettings | undefined;
  return (pod, namespace, settings, serviceAccount) => {
    if (settings !== madeWith) verdicts.clear();
    madeWith = settings;
    const key = keyOf(pod, namespace, serviceAccount ?? {});
    const known = key === undefined ? undefined : verdicts.get(key);
    if (known !== undefined && known !== SEEN) return known;
    const verdict = verdictOf(mutate(pod, namespace, settings, serviceAccount));
    if (key !== undefined && verdict.outcome !== 'reject') verdicts.set(key, known === SEEN ? verdict : SEEN);
    return verdict;
  };
}

function sizeOf(known: Verdict | typeof SEEN): number {
  return known === SEEN ? 1 : SMALL + known.answer.length;
}

/** All that a decision depends on beside the settings; undefined for a pod that is not to be remembered. */
function keyOf(pod: unknown, namespace: string, serviceAccount: object): string | undefined {
  if (!isRecord(pod) || !isRecord(pod.metadata) || !isRecord(pod.spec)) return undefined;
  const { name, generateName, namespace: own, annotations } = pod.metadata;
  // Of these only the shape is looked at.
  if (![name, generateName, own].every((text) => text == null || typeof text === 'string')) return undefined;
  try {
    const text = JSON.stringify([namespace, serviceAccount, annotations, withoutGeneratedNames(pod.spec)]);
    // JSON writes null for a number beyond its range, too; the API server sends neither.
    return text.includes('null') ? undefined : hash('sha256', text, 'base64');
  } catch {
    // Nested deeper than the stack; what is not read does no harm elsewhere.
    return undefined;
  }
}

/**
 * The API server gives each pod's volume with the ServiceAccount's token a name of its own. The decision compares the names of volumes
 * with ours and nothing else.
 */
const GENERATED = /^kube-api-access-[a-z0-9]{5}$/;

function withoutGeneratedNames(spec: Record<string, unknown>): Record<string, unknown> {
  return {
    ...spec,
    volumes: renamed(spec.volumes),
    containers: withMountsRenamed(spec.containers),
    initContainers: withMountsRenamed(spec.initContainers),
  };
}

function withMountsRenamed(containers: unknown): unknown {
  if (!Array.isArray(containers)) return containers;
  return containers.map((container: unknown) =>
    isRecord(container) ? { ...container, volumeMounts: renamed(container.volumeMounts) } : container,
  );
}

/** Volumes, or mounts of them. */
function renamed(items: unknown): unknown {
  if (!Array.isArray(items)) return items;
  return items.map((item: unknown) =>
    isRecord(item) && typeof item.name === 'string' && GENERATED.test(item.name) ? { ...item, name: '' } : item,
  );
}
