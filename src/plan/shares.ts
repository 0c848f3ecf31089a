import type { InjectionRequest, RequestedSource, RequestedVariables } from '../annotations/request.ts';
import { namesOf } from '../annotations/request.ts';
import { SECRETS_VOLUME } from '../contract/names.ts';
import { someOf } from '../issues/did-you-mean.ts';
import type { Issue } from '../issues/issue.ts';
import { type Claim, claimsOn, settersOf } from './claims.ts';
import { conflicts, problem } from './conflicts.ts';
import { chooseDelivery, type Delivery, type DeliveryNeeds, type DeliverySettings } from './delivery.ts';
import type { Consumer, ContainerPlace } from './injection-plan.ts';
import type { Container, Pod } from './pod.ts';
import { type UsedEarly, usedEarly } from './used-early.ts';
import { fileVariables, isWrapped, wrapperCommand } from './variables.ts';
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
  const setterFor = settersOf(variables);

  const wants = candidates.flatMap((place): Want[] => {
    const container = spec[place.list]?.[place.index];
    if (container === undefined) return [];
    const entries = variables.filter((entry) => isFor(entry, place.name));
    const setter = setterFor(entries);
    const asks = entries.length > 0;
    const claims = asks ? claimsOn(container, setter, ({ key }) => written?.hasFileVariables(key) === true) : [];
    const early = asks ? usedEarly(container, setter) : NOWHERE;
    const needs = { bulk: entries.some(hasUnknownNames), early: early.replaced.length > 0 || early.beside.length > 0 };
    const before = deliveredBefore(container, claims, needs, command);
    const isLate = written !== undefined && before === undefined && !mountsSecrets(container);
    const delivery = !asks ? undefined : (before ?? chooseDelivery(container, needs, settings));
    if (typeof delivery === 'object') {
      if (!isLate) issues.push(problem(entries[0], place, delivery.problem));
      tooLate.push(...(isLate ? [place.name] : []));
      return [];
    }
    const seen: Seen[] = [...files.filter((file) => isFor(file, place.name)), ...(delivery === 'exec' ? entries : [])];
    if (written !== undefined && isLate && !fits(container, seen, entries, delivery, written)) {
      tooLate.push(place.name);
      return [];
    }
    if (delivery !== undefined) issues.push(...conflicts(claims, early, setter, delivery, place, settings));
    if (delivery === 'exec' && early.beside.length > 0) warnings.push(besideWarning(place.name, early.beside));
    return [{ place, container, entries, delivery, seen, claims }];
  });
  const byFile = wants.filter(({ delivery }) => delivery === 'file-key-ref');
  const count = byFile.reduce((sum, { entries }) => sum + entries.reduce((names, entry) => names + namesOf(entry).length, 0), 0);
  if (count > MOST_IN_POD) return { ...NOTHING, issues: [...issues, tooMany(count)] };

  // With `auto`, containers of one pod may take variables in different ways; so that a container that comes later changes
  // nothing for the others, each then has its own view from the start.
  const alike = variables.length === 0 || settings.wanted !== 'auto';
  const shared = alike && [...files, ...variables].every(({ containers }) => containers === undefined);
  const views = planViews(new Map(wants.map(({ place, seen }) => [place.name, seen])), shared);
  const consumers = wants.flatMap(({ place, container, entries, delivery, seen }): Share[] => {
    const view = views.of(place.name);
    const listed = delivery === 'exec' ? entries : [];
    if (view !== undefined && written !== undefined && !isThere(view, listed, settings.copyWrapper, written)) {
      tooLate.push(place.name);
      return [];
    }
    if (seen.length === 0 && entries.length === 0) return [];
    const env = delivery === 'file-key-ref' ? fileVariables(entries) : [];
    return [{ ...place, container, entries, view, env, command: delivery === 'exec' ? command : [] }];
  });
  const stripped = wants.filter(({ claims }) => claims.some(({ state }) => state === 'stripped')).map(({ place }) => place.name);
  if (stripped.length > 0) warnings.push(...strippedWarnings(stripped));
  return { consumers, views, tooLate, issues, warnings };
}

interface Want {
  readonly place: ContainerPlace;
  readonly container: Container;
  /** Entries of variables that are for it. */
  readonly entries: readonly RequestedVariables[];
  readonly delivery: Delivery | undefined;
  readonly seen: readonly Seen[];
  readonly claims: readonly Claim[];
}

/** Variables by `fileKeyRef` in all containers together. Each takes 100 bytes and more of the pod, and etcd takes no object above 1.5 MiB. */
const MOST_IN_POD = 10_000;
const NOWHERE: UsedEarly = { replaced: [], beside: [] };
const NOTHING = { consumers: [], views: planViews(new Map(), false), tooLate: [], warnings: [] };

function tooMany(count: number): Issue {
  return {
    reason: 'too-large',
    key: 'spec.containers',
    message: `would get ${count} variables together; a pod holds ${MOST_IN_POD}, so name the containers that need them with \`containers\` in the list, or deliver files`,
  };
}

/** How far a container already is from an earlier admission; undefined when nothing of ours is in it. */
function deliveredBefore(
  { command }: Container,
  claims: readonly Claim[],
  { bulk }: DeliveryNeeds,
  prefix: readonly string[],
): Delivery | undefined {
  if (isWrapped(command, prefix)) return 'exec';
  return !bulk && claims.some(({ state }) => state !== 'own') ? 'file-key-ref' : undefined;
}

function isThere(view: string, listed: readonly RequestedVariables[], copyWrapper: boolean, written: Written): boolean {
  if (!written.hasView(view)) return false;
  return listed.length === 0 || ((written.hasWrapper || !copyWrapper) && listed.every(({ key }) => written.isListed(key, view)));
}

/** The API server may cut a warning off, so the way out has its own. That webhook may be asked once more after us. */
function strippedWarnings(names: readonly string[]): string[] {
  return [
    `another webhook, built for an older Kubernetes, dropped \`fileKeyRef\` from the variables of ${someOf(names)}; Keyfirst put it back`,
    'if the pod is refused with `must specify one of`, that webhook dropped it again: update it, or set keyfirst.dev/env-delivery: exec and `command`',
  ];
}

function besideWarning(container: string, names: readonly string[]): string {
  return `a probe or hook of ${container} uses $${names[0]}, which it does not see: only the container's command is started with variables by exec`;
}

function isFor({ containers }: RequestedSource, name: string): boolean {
  return containers?.includes(name) ?? true;
}

function hasUnknownNames({ variables }: RequestedVariables): boolean {
  return variables.kind === 'all';
}

function mountsSecrets({ volumeMounts }: Container): boolean {
  return volumeMounts?.some(({ name }) => name === SECRETS_VOLUME) === true;
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
