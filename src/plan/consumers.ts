import { ANNOTATION_PREFIX, CHECK_CONTAINER, INIT_CONTAINER } from '../contract/names.ts';
import { didYouMeanOr } from '../issues/did-you-mean.ts';
import type { Issue } from '../issues/issue.ts';
import type { ContainerPlace } from './injection-plan.ts';
import { belongsToMesh } from './mesh.ts';
import type { Container } from './pod.ts';

const KEY = `${ANNOTATION_PREFIX}containers`;

/**
 * The containers that get the files: those the pod names, else all that are no part of a mesh. Init containers count
 * from `position` on, because only they run after ours.
 */
export function chooseConsumers(
  containers: readonly Container[],
  initContainers: readonly Container[],
  position: number,
  named: readonly string[] | undefined,
): { consumers: ContainerPlace[]; issues: Issue[] } {
  const later = initContainers.flatMap((container, index): Candidate[] =>
    index < position ? [] : [{ list: 'initContainers', index, container }],
  );
  const apps = containers.map((container, index): Candidate => ({ list: 'containers', index, container }));
  const candidates = [...later, ...apps].filter(({ container }) => container.name !== INIT_CONTAINER && container.name !== CHECK_CONTAINER);
  if (named === undefined) return { consumers: candidates.filter(({ container }) => !belongsToMesh(container)).map(place), issues: [] };

  const names = new Set(candidates.map(({ container }) => container.name));
  const wanted = new Set(named);
  const earlier = new Set(initContainers.slice(0, position).map(({ name }) => name));
  const absent = named.filter((name) => !names.has(name)).slice(0, MOST_PROBLEMS);
  return {
    consumers: candidates.filter(({ container }) => wanted.has(container.name)).map(place),
    issues: absent.map((name) => problem(name, [...names], earlier.has(name))),
  };
}

/** Of names that are not there; one is enough to see what is wrong. */
const MOST_PROBLEMS = 10;

interface Candidate {
  readonly list: ContainerPlace['list'];
  readonly index: number;
  readonly container: Container;
}

function place({ list, index, container }: Candidate): ContainerPlace {
  return { list, index, name: container.name };
}

function problem(name: string, names: readonly string[], isEarlier: boolean): Issue {
  const message = isEarlier
    ? `names \`${name}\`, an init container that runs before the secrets are there; take it out, or set ${ANNOTATION_PREFIX}order: first`
    : `names \`${name}\`, which the pod does not have${didYouMeanOr(name, names, 'it has')}; a container that another webhook adds cannot be named`;
  return { reason: 'invalid-annotation', key: KEY, message };
}
