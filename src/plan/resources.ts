import { formatCpu, formatMemory, parseQuantity } from '../common/quantity.ts';
import type { JsonObject } from './injection-plan.ts';
import type { Container, Pod, Resources } from './pod.ts';

/** Requests and limits of our container before the pod's own shape is looked at; absent or empty means left out. */
export interface WantedResources {
  readonly cpuRequest?: string | undefined;
  readonly cpuLimit?: string | undefined;
  readonly memoryRequest?: string | undefined;
  readonly memoryLimit?: string | undefined;
}

/** Node takes seconds to start below this. */
const LEAST_CPU = parseQuantity('100m') ?? 0n;
/** More does not make one fetch faster. */
const MOST_CPU = parseQuantity('500m') ?? 0n;
const LEAST_MEMORY = parseQuantity('96Mi') ?? 0n;
const MOST_MEMORY = parseQuantity('128Mi') ?? 0n;

export interface ChosenResources {
  /** Absent: our container has none. */
  readonly resources?: JsonObject;
  /** Of `resources`, for whoever must fit into it. */
  readonly memoryLimit?: string;
  readonly warnings: string[];
}

/**
 * - The pod sets `spec.resources`: ours has none, the pod's cover it.
 * - Every container is Guaranteed: ours is too, or the pod would become Burstable. It takes at most the pod's own sum,
 *   which costs no room on the node because init containers run alone, but never less than Node needs.
 * - Else: what annotations and settings say.
 */
export function chooseResources(spec: Pod['spec'], others: readonly Container[], wanted: WantedResources): ChosenResources {
  if (hasQuantities(spec.resources?.requests) || hasQuantities(spec.resources?.limits)) return { warnings: [] };
  if (others.every(isGuaranteed)) return guaranteed(spec.containers);
  const limits = quantities(wanted.cpuLimit, wanted.memoryLimit);
  const requests = quantities(notAbove(wanted.cpuRequest, wanted.cpuLimit), notAbove(wanted.memoryRequest, wanted.memoryLimit));
  const resources = { ...(hasQuantities(requests) ? { requests } : {}), ...(hasQuantities(limits) ? { limits } : {}) };
  return {
    ...(Object.keys(resources).length > 0 ? { resources } : {}),
    ...(limits.memory === undefined ? {} : { memoryLimit: limits.memory }),
    warnings: [],
  };
}

/** The API server refuses a request above its limit; a low limit lowers the request that came with the defaults. */
function notAbove(request: string | undefined, limit: string | undefined): string | undefined {
  if (!request || !limit) return request;
  return (parseQuantity(request) ?? 0n) > (parseQuantity(limit) ?? 0n) ? limit : request;
}

function guaranteed(containers: readonly Container[]): ChosenResources {
  const cpuSum = sum(containers, 'cpu');
  const memorySum = sum(containers, 'memory');
  const cpu = clamp(cpuSum, LEAST_CPU, MOST_CPU);
  const memory = clamp(memorySum, LEAST_MEMORY, MOST_MEMORY);
  const amounts = { cpu: formatCpu(cpu), memory: formatMemory(memory) };
  const more = [...(cpu > cpuSum ? [`${amounts.cpu} CPU`] : []), ...(memory > memorySum ? [`${amounts.memory} memory`] : [])];
  const warnings =
    more.length === 0
      ? []
      : [
          `this Guaranteed pod asks for less than the Keyfirst init container needs to start, so the pod now reserves ${more.join(' and ')}`,
        ];
  return { resources: { requests: amounts, limits: amounts }, memoryLimit: amounts.memory, warnings };
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
