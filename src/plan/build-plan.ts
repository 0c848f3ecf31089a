import {
  type InjectionRequest,
  isReference,
  type RequestedFile,
  type RequestedSource,
  type RequestedVariables,
} from '../annotations/request.ts';
import { encodeInjectorConfig, MAX_CONFIG_BYTES } from '../contract/injector-config.ts';
import {
  ANNOTATION_PREFIX,
  CHECK_CONTAINER,
  ENV_DIRECTORY,
  ENV_VOLUME,
  INIT_CONTAINER,
  SECRETS_VOLUME,
  WRAPPER_DIRECTORY,
  WRAPPER_VOLUME,
} from '../contract/names.ts';
import { didYouMeanOr, someOf } from '../issues/did-you-mean.ts';
import type { Issue } from '../issues/issue.ts';
import { buildCheckContainer } from './check-container.ts';
import { chooseConsumers } from './consumers.ts';
import type { Delivery } from './delivery.ts';
import { buildInitContainer } from './init-container.ts';
import type { InjectionPlan } from './injection-plan.ts';
import { canRead, chooseOwnership, type Ownership } from './ownership.ts';
import type { Container, Pod } from './pod.ts';
import { choosePosition } from './position.ts';
import { findReserved } from './reserved.ts';
import { chooseResources, type WantedResources } from './resources.ts';
import { chooseShares, type Shares } from './shares.ts';
import { planStores } from './stores.ts';
import { suffixOf } from './variables.ts';

/** What the plan takes from the cluster rather than from the pod. */
export interface PlanSettings {
  readonly image: string;
  readonly pullPolicy: string | undefined;
  readonly setUser: boolean;
  readonly resources: WantedResources;
  readonly mountPath: string;
  /** Milliseconds. */
  readonly deadline: number;
  readonly sizeLimit: string;
  readonly env: EnvSettings;
  /** Minor version of Kubernetes 1. */
  readonly kubernetesMinor: number;
}

export interface EnvSettings {
  /** How variables reach containers where the pod does not say. */
  readonly delivery: 'auto' | Delivery;
  /** Whether the API server keeps `fileKeyRef`. */
  readonly fileKeyRef: boolean;
  /** Whether a container of ours proves each node's kubelet. */
  readonly check: boolean;
  /** Whether our container copies the wrapper, or an image volume brings it. */
  readonly copyWrapper: boolean;
}

export type PlanResult = { ok: true; plan: InjectionPlan } | { ok: false; issues: Issue[] };

/** Bytes of all termination messages of a pod together, and of one; the kubelet shares the first out evenly. */
const ALL_MESSAGES = 12_288;
const ONE_MESSAGE = 4096;
/** First minor version with container restart rules on by default (KEP-5307). */
const RESTART_RULES_SINCE = 35;

/** Works out all that the pod needs, or every reason why it cannot have it. */
export function buildPlan(request: InjectionRequest, pod: Pod, namespace: string, settings: PlanSettings): PlanResult {
  const { spec } = pod;
  const { values } = request;
  const initContainers = spec.initContainers ?? [];
  const existing = initContainers.findIndex(({ name }) => name === INIT_CONTAINER);
  const others = initContainers.filter(({ name }) => name !== INIT_CONTAINER && name !== CHECK_CONTAINER);
  const position = existing >= 0 ? existing : choosePosition(initContainers, values.order ?? 'auto');
  const mountPath = values['mount-path'] ?? settings.mountPath;

  const { consumers: candidates, issues } = chooseConsumers(spec.containers, initContainers, position, values.containers);
  const shares = chooseShares(request, candidates, spec, initContainers[existing], {
    wanted: values['env-delivery'] ?? settings.env.delivery,
    fileKeyRef: settings.env.fileKeyRef,
    check: settings.env.check,
    copyWrapper: settings.env.copyWrapper,
    mountPath,
  });
  issues.push(...shares.issues);
  const readers = shares.consumers.filter(({ view }) => view !== undefined).map(({ container }) => container);
  const ownership = chooseOwnership(readers, spec, settings.setUser);
  const names = candidates.map(({ name }) => name).filter((name) => !shares.tooLate.includes(name));
  issues.push(...[...request.files, ...request.variables].flatMap((entry) => containerIssues(entry, names)));
  issues.push(...request.files.flatMap((file) => modeIssues(file, readers, spec, ownership)));

  const byFile = shares.consumers.some(({ env }) => env.length > 0);
  const byExec = shares.consumers.some(({ command }) => command.length > 0);
  const checked = byFile && settings.env.check;
  const deadline = values.deadline ?? settings.deadline;
  const stores = planStores([...request.stores.values()], deadline);
  const config = encodeInjectorConfig({
    version: 1,
    identity: { namespace, serviceAccount: spec.serviceAccountName || spec.serviceAccount || 'default' },
    deadline,
    messageBytes: Math.min(ONE_MESSAGE, Math.floor(ALL_MESSAGES / (spec.containers.length + others.length + (checked ? 2 : 1)))),
    stores: stores.stores,
    secrets: request.files.map((file) => fileSpec(file, file.mode ?? ownership.mode, shares.views.holding(file))),
    ...(request.variables.length === 0 ? {} : { variables: request.variables.map((entry) => variableSpec(entry, ownership.mode, shares)) }),
    ...(byExec && settings.env.copyWrapper ? { copyWrapper: true } : {}),
  });
  const configBytes = Buffer.byteLength(config);
  if (configBytes > MAX_CONFIG_BYTES) issues.push(tooLarge(configBytes));

  const sizeLimit = values['size-limit'] ?? settings.sizeLimit;
  const wanted = { ...wantedResources(values, settings), sizeLimit };
  const resources = chooseResources(spec, [...spec.containers, ...others], wanted, position);
  const { image, pullPolicy } = settings;
  const container = { image, pullPolicy, ownership, resources: resources.resources };
  const late = shares.tooLate.map(
    (name) => `the container ${name} was added after Keyfirst ran, which did not write what it could use, so it gets no secrets`,
  );
  const memory = { emptyDir: { medium: 'Memory', sizeLimit } };
  const plan: InjectionPlan = {
    volumes: [
      { name: SECRETS_VOLUME, ...memory },
      ...(byFile ? [{ name: ENV_VOLUME, ...memory }] : []),
      ...(byExec && !settings.env.copyWrapper ? [wrapperVolume(settings)] : []),
      ...stores.volumes,
    ],
    initContainer: buildInitContainer({
      ...container,
      config,
      mounts: [...(byFile ? [{ name: ENV_VOLUME, mountPath: ENV_DIRECTORY }] : []), ...stores.mounts],
      restartRule: spec.restartPolicy === 'Never' && settings.kubernetesMinor >= RESTART_RULES_SINCE,
    }),
    checkContainer: checked ? buildCheckContainer(container) : undefined,
    position,
    consumers: shares.consumers.map(({ container: _container, view, ...consumer }) => ({
      ...consumer,
      mounts: [
        ...(view === undefined ? [] : [{ name: SECRETS_VOLUME, mountPath, readOnly: true, ...(view === '' ? {} : { subPath: view }) }]),
        ...(consumer.command.length > 0 && !settings.env.copyWrapper ? [WRAPPER_MOUNT] : []),
      ],
    })),
    warnings: [
      ...(candidates.length === 0 ? ['no container of this pod gets the files: all of them belong to a mesh'] : []),
      ...shares.warnings,
      ...late,
      ...resources.warnings,
      ...(spec.shareProcessNamespace === true ? [SHARED_PROCESSES] : []),
    ],
    late,
  };
  issues.push(...findReserved(pod, plan));
  return issues.length > 0 ? { ok: false, issues } : { ok: true, plan };
}

/** The injector's image as a volume: on by default from Kubernetes 1.35, KEP-4639. */
function wrapperVolume({ image, pullPolicy }: PlanSettings) {
  return { name: WRAPPER_VOLUME, image: { reference: image, ...(pullPolicy === undefined ? {} : { pullPolicy }) } };
}

const WRAPPER_MOUNT = { name: WRAPPER_VOLUME, mountPath: WRAPPER_DIRECTORY, subPath: 'app/bin', readOnly: true };

const SHARED_PROCESSES =
  'the pod sets shareProcessNamespace: a container that runs as the same user as another can read its secret files under /proc/<pid>/root';

function wantedResources(values: InjectionRequest['values'], { resources }: PlanSettings): WantedResources {
  return {
    cpuRequest: values['resources.cpu-request'] ?? resources.cpuRequest,
    cpuLimit: values['resources.cpu-limit'] ?? resources.cpuLimit,
    memoryRequest: values['resources.memory-request'] ?? resources.memoryRequest,
    memoryLimit: values['resources.memory-limit'] ?? resources.memoryLimit,
  };
}

/** What files and variables say alike. */
function sourceSpec({ key, from, template, format, password, optional }: RequestedSource, mode: number) {
  return {
    key,
    from: isReference(from) ? from.text : Object.fromEntries(Object.entries(from).map(([name, { text }]) => [name, text])),
    mode,
    ...(template === undefined ? {} : { template }),
    ...(format === undefined ? {} : { format }),
    ...(password === undefined ? {} : { password: password.text }),
    ...(optional ? { optional } : {}),
  };
}

/** The entry as the injector takes it. */
function fileSpec(entry: RequestedFile, mode: number, views: readonly string[]) {
  const { key, ...source } = sourceSpec(entry, mode);
  const folders = views.filter((view) => view !== '');
  // Without a reader it goes to the root, so that the volume is what it would be with one.
  return { key, file: entry.file, ...source, ...(folders.length === 0 ? {} : { views: folders }) };
}

function variableSpec(entry: RequestedVariables, mode: number, { views, consumers }: Shares) {
  const { kind } = entry.variables;
  const byFile = consumers.some(({ entries, env }) => env.length > 0 && entries.includes(entry));
  const folders = views.holding(entry);
  // Without a taker it goes to the root, as a file does.
  const lists = folders.length === 0 && !byFile ? [''] : folders;
  return {
    ...sourceSpec(entry, mode),
    ...(kind === 'one' ? { name: entry.variables.name } : {}),
    ...(kind === 'each' ? { names: { ...entry.variables.names } } : {}),
    ...(kind === 'all' ? { prefix: entry.variables.prefix } : {}),
    ...(byFile ? { suffix: suffixOf(entry) } : {}),
    ...(lists.length === 0 ? {} : { lists }),
  };
}

function containerIssues({ key, containers }: RequestedSource, chosen: readonly string[]): Issue[] {
  const outside = (containers ?? []).filter((name) => !chosen.includes(name));
  return outside.map((name) => ({
    reason: 'invalid-annotation',
    key,
    message: `\`containers\` names \`${name}\`, which does not get secrets${didYouMeanOr(name, chosen, 'the containers that do are')}`,
  }));
}

function modeIssues(
  { key, mode, file, containers }: RequestedFile,
  chosen: readonly Container[],
  spec: Pod['spec'],
  ownership: Ownership,
): Issue[] {
  if (mode === undefined) return [];
  const readers = chosen.filter(({ name }) => containers?.includes(name) ?? true);
  const locked = readers.filter((container) => !canRead(container, spec, ownership, mode)).map(({ name }) => name);
  if (locked.length === 0) return [];
  const octal = mode.toString(8).padStart(4, '0');
  const message =
    `mode "${octal}" of \`${file}\` would keep ${someOf(locked)} from reading it; give all chosen containers one runAsUser that is not root, ` +
    'or the pod an fsGroup and the file "0440", name fewer containers in keyfirst.dev/containers, or leave mode out';
  return [{ reason: 'invalid-annotation', key, message }];
}

function tooLarge(bytes: number): Issue {
  return {
    reason: 'too-large',
    key: `${ANNOTATION_PREFIX}secrets`,
    message: `the references and settings of this pod take ${bytes} bytes, and a container's environment variable holds ${MAX_CONFIG_BYTES}; ask for fewer or shorter references`,
  };
}
