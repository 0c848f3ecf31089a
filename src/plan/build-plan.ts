import { type InjectionRequest, isReference, type RequestedFile } from '../annotations/request.ts';
import { parseQuantity } from '../common/quantity.ts';
import { encodeInjectorConfig, MAX_CONFIG_BYTES } from '../contract/injector-config.ts';
import { ANNOTATION_PREFIX, CONFIG_VARIABLE, INIT_CONTAINER, SECRETS_VOLUME } from '../contract/names.ts';
import { didYouMeanOr } from '../issues/did-you-mean.ts';
import type { Issue } from '../issues/issue.ts';
import { chooseConsumers } from './consumers.ts';
import { buildInitContainer } from './init-container.ts';
import type { InjectionPlan } from './injection-plan.ts';
import { canRead, chooseOwnership, type Ownership } from './ownership.ts';
import type { Container, Pod } from './pod.ts';
import { choosePosition } from './position.ts';
import { findReserved } from './reserved.ts';
import { chooseResources, type WantedResources } from './resources.ts';
import { planStores } from './stores.ts';
import { planViews } from './views.ts';

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
  /** Minor version of Kubernetes 1. */
  readonly kubernetesMinor: number;
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
  const others = initContainers.filter(({ name }) => name !== INIT_CONTAINER);
  const position = existing >= 0 ? existing : choosePosition(initContainers, values.order ?? 'auto');

  const { consumers, issues } = chooseConsumers(spec.containers, initContainers, position, values.containers);
  const chosen = consumers.flatMap(({ list, index }) => spec[list]?.[index] ?? []);
  const ownership = chooseOwnership(chosen, spec, settings.setUser);
  const names = chosen.map(({ name }) => name);
  issues.push(...request.files.flatMap((file) => [...containerIssues(file, names), ...modeIssues(file, chosen, spec, ownership)]));
  const views = planViews(request.files, names);

  const deadline = values.deadline ?? settings.deadline;
  const stores = planStores([...request.stores.values()], deadline);
  const config = encodeInjectorConfig({
    version: 1,
    identity: { namespace, serviceAccount: spec.serviceAccountName || spec.serviceAccount || 'default' },
    deadline,
    messageBytes: Math.min(ONE_MESSAGE, Math.floor(ALL_MESSAGES / (spec.containers.length + others.length + 1))),
    stores: stores.stores,
    secrets: request.files.map((file) => toSpec(file, file.mode ?? ownership.mode, views.holding(file))),
  });
  const configBytes = Buffer.byteLength(config);
  if (configBytes > MAX_CONFIG_BYTES) issues.push(tooLarge(configBytes));

  const resources = chooseResources(spec, [...spec.containers, ...others], wantedResources(values, settings));
  const mountPath = values['mount-path'] ?? settings.mountPath;
  const sizeLimit = values['size-limit'] ?? settings.sizeLimit;
  const plan: InjectionPlan = {
    volumes: [{ name: SECRETS_VOLUME, emptyDir: { medium: 'Memory', sizeLimit } }, ...stores.volumes],
    initContainer: buildInitContainer({
      image: settings.image,
      pullPolicy: settings.pullPolicy,
      config,
      ownership,
      resources: resources.resources,
      mounts: stores.mounts,
      restartRule: spec.restartPolicy === 'Never' && settings.kubernetesMinor >= RESTART_RULES_SINCE,
    }),
    position,
    consumers: consumers.flatMap((consumer) => {
      const view = views.of(consumer.name);
      const written = existing < 0 || view === '' || viewsWritten(initContainers[existing]).has(view ?? '');
      // A container that came after ours may see another view than those that ours writes: known limit, it gets none.
      if (view === undefined || !written) return [];
      return [{ ...consumer, mount: { name: SECRETS_VOLUME, mountPath, readOnly: true, ...(view === '' ? {} : { subPath: view }) } }];
    }),
    warnings: [
      ...resources.warnings,
      ...sizeWarnings(sizeLimit, resources.memoryLimit),
      ...(spec.shareProcessNamespace === true ? [SHARED_PROCESSES] : []),
    ],
  };
  issues.push(...findReserved(spec, plan));
  return issues.length > 0 ? { ok: false, issues } : { ok: true, plan };
}

/** What Node itself takes of our container's memory limit. */
const NODE_MEMORY = parseQuantity('64Mi') ?? 0n;

/** Pages of a memory volume count against the container that wrote them. */
function sizeWarnings(sizeLimit: string, memoryLimit: string | undefined): string[] {
  const room = (parseQuantity(memoryLimit ?? '') ?? 0n) - NODE_MEMORY;
  if (!memoryLimit || (parseQuantity(sizeLimit) ?? 0n) <= room) return [];
  return [
    `size-limit ${sizeLimit} is more than the Keyfirst init container's memory limit of ${memoryLimit} leaves; raise keyfirst.dev/resources.memory-limit`,
  ];
}

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

/** The entry as the injector takes it. */
function toSpec({ key, file, from, template, format, password, optional }: RequestedFile, mode: number, views: string[] | undefined) {
  return {
    key,
    file,
    from: isReference(from) ? from.text : Object.fromEntries(Object.entries(from).map(([name, { text }]) => [name, text])),
    mode,
    ...(template === undefined ? {} : { template }),
    ...(format === undefined ? {} : { format }),
    ...(password === undefined ? {} : { password: password.text }),
    ...(optional ? { optional } : {}),
    ...(views === undefined ? {} : { views }),
  };
}

/** The views that a container of ours, added earlier, writes. */
function viewsWritten(container: Container | undefined): Set<string> {
  const config = container?.env?.find(({ name }) => name === CONFIG_VARIABLE)?.value ?? '';
  return new Set([...config.matchAll(/"(view-[0-9a-f]{12})"/g)].flatMap(([, view]) => view ?? []));
}

function containerIssues({ key, containers }: RequestedFile, chosen: readonly string[]): Issue[] {
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
    `mode "${octal}" of \`${file}\` would keep ${locked.join(', ')} from reading it; give all chosen containers one runAsUser for owner-only files, ` +
    'or the pod an fsGroup and the file "0440", or leave mode out';
  return [{ reason: 'invalid-annotation', key, message }];
}

function tooLarge(bytes: number): Issue {
  return {
    reason: 'too-large',
    key: `${ANNOTATION_PREFIX}secrets`,
    message: `the references and settings of this pod take ${bytes} bytes, and a container's environment variable holds ${MAX_CONFIG_BYTES}; ask for fewer or shorter references`,
  };
}
