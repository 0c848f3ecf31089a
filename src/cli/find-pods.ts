import { findTemplate, type Misplaced } from '../admission/pod-template.ts';
import { isRecord } from '../plan/contains.ts';

/** A pod, or a pod template, inside a manifest. */
export interface FoundPod {
  /** The object it belongs to, for messages: `Deployment web`. */
  readonly owner: string;
  /** Place in a list, from 1; absent outside lists. */
  readonly item?: number | undefined;
  /** Namespace that the object names itself. */
  readonly namespace: string | undefined;
  /** Keys from the document's root to the pod or template. */
  readonly path: readonly string[];
  readonly pod: unknown;
  /** Annotations of ours on the object, where they do nothing, with the place where they would. */
  readonly misplaced?: Misplaced | undefined;
}

/**
 * Every pod and pod template of one document: pods, the workloads of Kubernetes, lists of them, and objects of any other
 * kind with `spec.template.spec.containers`. A template becomes a whole pod by the `kind` that it lacks.
 */
export function findPods(content: unknown): FoundPod[] {
  return search(content, [], undefined, undefined);
}

function search(object: unknown, path: readonly string[], item: number | undefined, listKind: string | undefined): FoundPod[] {
  if (!isRecord(object)) return [];
  const kind = typeof object.kind === 'string' ? object.kind : (listKind ?? '');
  if (kind.endsWith('List') && Array.isArray(object.items)) {
    const itemKind = kind.slice(0, -'List'.length) || undefined;
    return object.items.flatMap((entry, index) => search(entry, [...path, 'items', String(index)], index + 1, itemKind));
  }
  const metadata = isRecord(object.metadata) ? object.metadata : {};
  const name = text(metadata.name) ?? text(metadata.generateName) ?? '';
  const found = { owner: `${kind} ${name}`.trim(), item, namespace: text(metadata.namespace) };
  if (kind === 'Pod') return [{ ...found, path, pod: object }];

  const template = findTemplate(kind, object);
  if (template === undefined) return [];
  return [{ ...found, path: [...path, ...template.path], pod: template.pod, misplaced: template.misplaced }];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
