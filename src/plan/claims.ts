import { byVariableName, type RequestedVariables } from '../annotations/request.ts';
import type { Container, EnvVar } from './pod.ts';
import { fileVariable, isSameVariable, isStripped } from './variables.ts';

/** The entry that sets a variable of this name, among those that are for one container. */
export type Setter = (name: string) => RequestedVariables | undefined;

/** A name of ours in the `env` of a container. */
export interface Claim {
  readonly name: string;
  readonly entry: RequestedVariables;
  /** As we add it; what another webhook left of that; or the container's own, which may stand beside ours. */
  readonly state: 'ours' | 'stripped' | 'own';
}

/** Entries by the names that they set, as far as those are known; asked for those that are for one container. */
export function settersOf(variables: readonly RequestedVariables[]): (entries: readonly RequestedVariables[]) => Setter {
  const byName = byVariableName(variables);
  return (entries) => {
    const own = new Set(entries);
    return (name) => byName.get(name)?.find((entry) => own.has(entry));
  };
}

/** `isWritten`: whether our container, of an earlier admission, writes the file of an entry; only then can something have been taken away. */
export function claimsOn({ env }: Container, setter: Setter, isWritten: (entry: RequestedVariables) => boolean): Claim[] {
  return [...Map.groupBy(env ?? [], ({ name }) => name)].flatMap(([name, existing]) => {
    const entry = setter(name);
    return entry === undefined ? [] : [{ name, entry, state: stateOf(existing, entry, name, isWritten) }];
  });
}

/** The last one of a name counts in a container, so that ours is none beside another. */
function stateOf(
  [existing, ...more]: readonly EnvVar[],
  entry: RequestedVariables,
  name: string,
  isWritten: (entry: RequestedVariables) => boolean,
): Claim['state'] {
  if (existing === undefined || more.length > 0) return 'own';
  if (isSameVariable(existing, fileVariable(entry, name))) return 'ours';
  return isStripped(existing) && isWritten(entry) ? 'stripped' : 'own';
}
