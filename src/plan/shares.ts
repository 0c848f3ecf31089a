import type { InjectionRequest, RequestedSource, RequestedVariables } from '../annotations/request.ts';
import { namesOf } from '../annotations/request.ts';
import { SECRETS_VOLUME } from '../contract/names.ts';
import type { Issue } from '../issues/issue.ts';
import { chooseDelivery, type Delivery, type DeliverySettings } from './delivery.ts';
import type { Consumer, ContainerPlace } from './injection-plan.ts';
import type { Container, Pod } from './pod.ts';
import { deliveredBefore, fileVariables, isSameVariable, isStripped, mentioned, wrapperCommand } from './variables.ts';
import { planViews, type Seen, type Views } from './views.ts';
import { type Written, whatIsWritten } from './written.ts';

/** What one container gets, before mounts are made of it. */
export interface Share extends Omit<Consumer, 'mounts'> {
  readonly container: Container;
  /** The variables' entries that are for it. */
  readonly entries: readonly RequestedVariables[];
  /** Folder of the volume that it mounts; empty: all of it; undefined: it mounts nothing. */
  readonly view: string | undefined;
}
export interface Shares {
  readonly consumers: readonly Share[];
  readonly views: Views;
  /** Names of containers that came after ours was added and cannot have what is theirs. */
  readonly tooLate: readonly string[];
  readonly issues: readonly Issue[];
  readonly warnings: readonly string[];
}

interface ShareSettings extends DeliverySettings {
  readonly copyWrapper: boolean;
  readonly mountPath: string;
}

/**
 * Which container gets which entries, and its variables how. `present` is a container of ours from an earlier admission: what
 * it writes is settled, so a container that came after it gets what fits that, or nothing and a warning.
 */
export function chooseShares(
  { files, variables }: InjectionRequest,
  candidates: readonly ContainerPlace[],
  spec: Pod['spec'],
  present: Container | undefined,
  settings: ShareSettings,
): Shares {
  const issues: Issue[] = [];
  const warnings: string[] = [];
  const tooLate: string[] = [];
  const written = present === undefined ? undefined : whatIsWritten(present, spec);
  const command = wrapperCommand(settings.mountPath, settings.copyWrapper);

  const wants = candidates.flatMap((place) => {
    const container = spec[place.list]?.[place.index];
    if (container === undefined) return [];
    const entries = variables.filter((entry) => isFor(entry, place.name));
    const before = deliveredBefore(container, fileVariables(entries), command);
    const isLate = written !== undefined && before === undefined && !mountsSecrets(container) && !hasStripped(container, entries);
    const delivery = entries.length === 0 ? undefined : (before ?? chooseDelivery(container, hasUnknownNames(entries), settings));
    if (typeof delivery === 'object') {
      if (!isLate) issues.push(problem(entries, place, delivery.problem));
      tooLate.push(...(isLate ? [place.name] : []));
      return [];
    }
    const seen: Seen[] = [...files.filter((file) => isFor(file, place.name)), ...(delivery === 'exec' ? entries : [])];
    if (written !== undefined && isLate && !fits(container, seen, entries, delivery, written)) {
      tooLate.push(place.name);
      return [];
    }
    if (delivery !== undefined) issues.push(...conflicts(container, entries, delivery, place, present !== undefined));
    return [{ place, container, entries, delivery, seen }];
  });

  // With `auto`, containers of one pod may take variables in different ways; so that a container that comes later changes
  // nothing for the others, each then has its own view from the start.
  const alike = variables.length === 0 || settings.wanted !== 'auto';
  const shared = alike && [...files, ...variables].every(({ containers }) => containers === undefined);
  const views = planViews(new Map(wants.map(({ place, seen }) => [place.name, seen])), shared);
  const consumers = wants.flatMap(({ place, container, entries, delivery, seen }): Share[] => {
    const view = views.of(place.name);
    if (view !== undefined && written?.hasView(view) === false) {
      tooLate.push(place.name);
      return [];
    }
    if (seen.length === 0 && entries.length === 0) return [];
    const env = delivery === 'file-key-ref' ? fileVariables(entries) : [];
    return [{ ...place, container, entries, view, env, command: delivery === 'exec' ? command : [] }];
  });
  const stripped = wants.filter(({ container, entries }) => written !== undefined && hasStripped(container, entries));
  warnings.push(
    ...(stripped.length === 0 ? [] : [strippedWarning(stripped.map(({ place }) => place.name))]),
    ...tooLate.map(
      (name) => `the container ${name} was added after Keyfirst ran, which did not write what it could use, so it gets no secrets`,
    ),
  );
  return { consumers, views, tooLate, issues, warnings };
}

/** It is mended now, but that webhook may be asked once more after us; the API server then refuses the pod in its own words. */
function strippedWarning(names: readonly string[]): string {
  return (
    `another webhook dropped \`fileKeyRef\` from the variables of ${names.join(', ')}, because it was built for an older Kubernetes; Keyfirst put it back. ` +
    'If the pod is refused with `must specify one of`, that webhook dropped it again: update it, or set keyfirst.dev/env-delivery: exec and `command`'
  );
}

function isFor({ containers }: RequestedSource, name: string): boolean {
  return containers?.includes(name) ?? true;
}

function hasUnknownNames(entries: readonly RequestedVariables[]): boolean {
  return entries.some(({ variables }) => variables.kind === 'all');
}

function mountsSecrets({ volumeMounts }: Container): boolean {
  return volumeMounts?.some(({ name }) => name === SECRETS_VOLUME) === true;
}

function hasStripped({ env }: Container, entries: readonly RequestedVariables[]): boolean {
  const names = new Set(entries.flatMap(namesOf));
  return env?.some((variable) => names.has(variable.name) && isStripped(variable)) === true;
}

/** Whether what our container, already in the pod, writes serves a container that came after it. */
function fits(
  container: Container,
  seen: readonly Seen[],
  entries: readonly RequestedVariables[],
  delivery: Delivery | undefined,
  written: Written,
): boolean {
  if (seen.length > 0 && !written.readableBy(container)) return false;
  return delivery !== 'file-key-ref' || entries.every(({ key }) => written.hasFileVariables(key));
}

function problem(entries: readonly RequestedVariables[], { list, name }: ContainerPlace, message: string): Issue {
  return {
    reason: 'invalid-annotation',
    key: entries[0]?.key ?? '',
    message: `${list === 'containers' ? 'the container' : 'the init container'} \`${name}\` ${message}`,
  };
}

/** Variables that the container sets itself, or uses where only the kubelet's own would be seen. */
function conflicts(
  container: Container,
  entries: readonly RequestedVariables[],
  delivery: Delivery,
  place: ContainerPlace,
  again: boolean,
): Issue[] {
  const ours = fileVariables(entries);
  return entries.flatMap((entry) => {
    const names = namesOf(entry);
    const own = names.filter((name) =>
      container.env?.some((variable) => variable.name === name && !(delivery === 'file-key-ref' && isOurs(variable, ours, again))),
    );
    const used = delivery === 'exec' ? mentioned(container, names) : [];
    return [
      ...own.map((name) =>
        problem(
          [entry],
          place,
          `sets the variable \`${name}\` itself; remove it there, or leave this container out with \`containers\` in the list`,
        ),
      ),
      ...used.map((name) =>
        problem(
          [entry],
          place,
          `uses \`$(${name})\`, which Kubernetes replaces before the wrapper sets it; set keyfirst.dev/env-delivery: file-key-ref, or let a shell expand it (\`\${${name}}\`)`,
        ),
      ),
    ];
  });
}

type EnvVar = NonNullable<Container['env']>[number];

/** As we would add it, or what another webhook left of it. */
function isOurs(variable: EnvVar, ours: ReturnType<typeof fileVariables>, again: boolean): boolean {
  return ours.some((candidate) => isSameVariable(variable, candidate)) || (again && isStripped(variable));
}
