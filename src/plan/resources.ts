import { formatCpu, formatMemory, parseQuantity } from '../common/quantity.ts';
import { INIT_CONTAINER } from '../contract/names.ts';
import type { JsonObject } from './injection-plan.ts';
import type { Container, Pod, Resources } from './pod.ts';

/** Requests and limits of our container before the pod's own shape is looked at; absent or empty means left out. */
export interface WantedResources {
  readonly cpuRequest?: string | undefined;
  readonly cpuLimit?: string | undefined;
  readonly memoryRequest?: string | undefined;
  readonly memoryLimit?: string | undefined;
  /** Of the memory volume, whose pages count against our container. Given: the answer says whether it fits. */
  readonly sizeLimit?: string | undefined;
}

/** Node takes seconds to start below this. */
const LEAST_CPU = parseQuantity('100m') ?? 0n;
/** More does not make one fetch faster. */
const MOST_CPU = parseQuantity('500m') ?? 0n;
const LEAST_MEMORY = parseQuantity('96Mi') ?? 0n;
const MOST_MEMORY = parseQuantity('128Mi') ?? 0n;
/** What Node itself takes of our container's memory limit. */
const NODE_MEMORY = parseQuantity('64Mi') ?? 0n;

export interface ChosenResources {
  /** Absent: our container has none. */
  readonly resources?: JsonObject;
  /** Of `resources`, for whoever must fit into it; left out where the size limit was given and looked at. */
  readonly memoryLimit?: string;
  readonly warnings: string[];
}

/**
 * - The pod sets `spec.resources`: ours has none, the pod's cover it.
 * - Every container is Guaranteed: ours is too, or the pod would become Burstable. It takes the pod's own sum, which costs
 *   no room on the node because init containers run alone, but never less than Node needs. The most it takes is what a
 *   fetch can use, or more where the size limit or what is wanted asks for more.
 * - Else: what annotations and settings say.
 *
 * `position`: of our container among the pod's init containers.
 */
export function chooseResources(spec: Pod['spec'], others: readonly Container[], wanted: WantedResources, position = 0): ChosenResources {
  if (hasQuantities(spec.resources?.requests) || hasQuantities(spec.resources?.limits)) return { warnings: [] };
  if (others.every(isGuaranteed)) return guaranteed(spec, wanted, position);
  const limits = quantities(wanted.cpuLimit, wanted.memoryLimit);
  const requests = quantities(notAbove(wanted.cpuRequest, wanted.cpuLimit), notAbove(wanted.memoryRequest, wanted.memoryLimit));
  const resources = { ...(hasQuantities(requests) ? { requests } : {}), ...(hasQuantities(limits) ? { limits } : {}) };
  return {
    ...(Object.keys(resources).length > 0 ? { resources } : {}),
    ...room(limits.memory, wanted.sizeLimit, 'raise keyfirst.dev/resources.memory-limit'),
  };
}

/** Pages of a memory volume count against the container that wrote them. */
function room(
  memoryLimit: string | undefined,
  sizeLimit: string | undefined,
  remedy: string,
): Pick<ChosenResources, 'memoryLimit' | 'warnings'> {
  if (memoryLimit === undefined) return { warnings: [] };
  if (sizeLimit === undefined) return { memoryLimit, warnings: [] };
  if (amountOf(sizeLimit) + NODE_MEMORY <= amountOf(memoryLimit)) return { warnings: [] };
  return {
    warnings: [`size-limit ${sizeLimit} is more than the Keyfirst init container's memory limit of ${memoryLimit} leaves; ${remedy}`],
  };
}

/** The API server refuses a request above its limit; a low limit lowers the request that came with the defaults. */
function notAbove(request: string | undefined, limit: string | undefined): string | undefined {
  if (!request || !limit) return request;
  return amountOf(request) > amountOf(limit) ? limit : request;
}

function guaranteed(spec: Pod['spec'], wanted: WantedResources, position: number): ChosenResources {
  const mostCpu = largest([MOST_CPU, amountOf(wanted.cpuRequest), amountOf(wanted.cpuLimit)]);
  const mostMemory = largest([
    MOST_MEMORY,
    amountOf(wanted.memoryRequest),
    amountOf(wanted.memoryLimit),
    wanted.sizeLimit === undefined ? 0n : amountOf(wanted.sizeLimit) + NODE_MEMORY,
  ]);
  const cpu = clamp(sum(spec.containers, 'cpu'), LEAST_CPU, mostCpu);
  const memory = clamp(sum(spec.containers, 'memory'), LEAST_MEMORY, mostMemory);
  const amounts = { cpu: formatCpu(cpu), memory: formatMemory(memory) };
  const fit = room(
    amounts.memory,
    wanted.sizeLimit,
    'lower keyfirst.dev/size-limit, or give the containers of this Guaranteed pod more memory',
  );
  return {
    resources: { requests: amounts, limits: amounts },
    ...fit,
    warnings: [...reserves(spec, cpu, memory, position), ...fit.warnings],
  };
}

/** Says so where our container makes the whole pod reserve more than it did. */
function reserves(spec: Pod['spec'], cpu: bigint, memory: bigint, position: number): string[] {
  const before = spec.initContainers?.slice(0, position).filter(isSidecar) ?? [];
  const withOurs = { cpu: cpu + sum(before, 'cpu'), memory: memory + sum(before, 'memory') };
  const more = [
    ...(withOurs.cpu > podRequest(spec, 'cpu') ? [`${formatCpu(withOurs.cpu)} CPU`] : []),
    ...(withOurs.memory > podRequest(spec, 'memory') ? [`${formatMemory(withOurs.memory)} memory`] : []),
  ];
  if (more.length === 0) return [];
  return [
    `this Guaranteed pod asks for less than the Keyfirst init container needs to start, so the pod now reserves ${more.join(' and ')}`,
  ];
}

/**
 * What the scheduler reserves for the pod without our container: the larger of all that run together in the end, and of
 * each init container beside the native sidecars that started before it.
 */
function podRequest(spec: Pod['spec'], name: 'cpu' | 'memory'): bigint {
  let sidecars = 0n;
  let most = 0n;
  for (const container of spec.initContainers ?? []) {
    if (container.name === INIT_CONTAINER) continue;
    const own = sum([container], name);
    most = largest([most, sidecars + own]);
    if (isSidecar(container)) sidecars += own;
  }
  return largest([most, sidecars + sum(spec.containers, name)]);
}

function isSidecar({ restartPolicy }: Container): boolean {
  return restartPolicy === 'Always';
}

/** Limits set for CPU and memory, and requests equal to them or left out (they then default to the limits). */
function isGuaranteed({ resources }: Container): boolean {
  return (['cpu', 'memory'] as const).every((name) => {
    const limit = amount(resources, 'limits', name);
    const request = amount(resources, 'requests', name) ?? limit;
    return limit !== undefined && limit > 0n && request === limit;
  });
}

function sum(containers: readonly Container[], name: 'cpu' | 'memory'): bigint {
  return containers.reduce(
    (total, { resources }) => total + (amount(resources, 'requests', name) ?? amount(resources, 'limits', name) ?? 0n),
    0n,
  );
}

function amount(resources: Resources | null | undefined, kind: 'requests' | 'limits', name: string): bigint | undefined {
  const value = resources?.[kind]?.[name];
  return value === undefined ? undefined : parseQuantity(String(value));
}

function amountOf(quantity: string | undefined): bigint {
  return parseQuantity(quantity ?? '') ?? 0n;
}

function largest(values: readonly bigint[]): bigint {
  let most = 0n;
  for (const value of values) if (value > most) most = value;
  return most;
}

function clamp(value: bigint, least: bigint, most: bigint): bigint {
  if (value < least) return least;
  return value > most ? most : value;
}

function quantities(cpu: string | undefined, memory: string | undefined): { cpu?: string; memory?: string } {
  return { ...(cpu ? { cpu } : {}), ...(memory ? { memory } : {}) };
}

function hasQuantities(value: object | null | undefined): boolean {
  return value !== undefined && value !== null && Object.keys(value).length > 0;
}
