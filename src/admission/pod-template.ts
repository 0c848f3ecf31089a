import { isRecord } from '../plan/contains.ts';
import { ourAnnotations } from './our-annotations.ts';

/** The template of an object's pods. */
export interface PodTemplate {
  /** Keys from the object to the template. */
  readonly path: readonly string[];
  /** The template as a whole pod, by the `apiVersion` and `kind` that it lacks. */
  readonly pod: Readonly<Record<string, unknown>>;
  /** Annotations of ours around the template, where they do nothing, with the place where they would; undefined where there are none. */
  readonly misplaced: Misplaced | undefined;
}

export interface Misplaced {
  readonly keys: readonly string[];
  /** Where they belong, as a path below the object. */
  readonly place: string;
}

const SPEC_TEMPLATE = ['spec', 'template'];
const TEMPLATES: Readonly<Record<string, readonly string[]>> = {
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
  PodTemplate: ['template'],
};

/** The pod template of an object of this kind, one of Kubernetes or any other with `spec.template.spec.containers`; undefined where there is none. */
export function findTemplate(kind: string, object: unknown): PodTemplate | undefined {
  const path = (Object.hasOwn(TEMPLATES, kind) ? TEMPLATES[kind] : undefined) ?? SPEC_TEMPLATE;
  const around = path.map((_key, depth) => at(object, path.slice(0, depth)));
  const template = at(object, path);
  if (!isRecord(template) || !isRecord(template.spec) || !Array.isArray(template.spec.containers)) return undefined;
  const keys = [...new Set(around.flatMap((part) => (isRecord(part) ? ourAnnotations(part.metadata) : [])))];
  return {
    path,
    pod: { apiVersion: 'v1', kind: 'Pod', ...template },
    misplaced: keys.length === 0 ? undefined : { keys, place: `${path.join('.')}.metadata.annotations` },
  };
}

function at(object: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((part, key) => (isRecord(part) ? part[key] : undefined), object);
}
