import * as z from 'zod';
import { parseDuration } from '../common/duration.ts';
import type { Settings } from '../config/settings.ts';
import { PROVIDERS } from '../contract/provider.ts';
import type { Issue } from '../issues/issue.ts';
import { Pod } from '../plan/pod.ts';
import type { SettingValues } from '../stores/family.ts';
import type { ClusterStore } from '../stores/layers.ts';
import { type Decision, type DecisionSettings, decide } from './decide.ts';

/** The minor version of Kubernetes 1 that Keyfirst supports at least; assumed where none is known. */
const OLDEST_MINOR = 30;

/**
 * The pure pipeline from a pod of unknown shape to a decision; no I/O, same input same output.
 * `serviceAccount`: identity annotations of the pod's ServiceAccount, where they are known.
 */
export function mutatePod(pod: unknown, namespace: string, settings: DecisionSettings, serviceAccount: SettingValues = {}): Decision {
  const parsed = Pod.safeParse(pod);
  if (parsed.success) return decide(parsed.data, namespace, settings, serviceAccount);
  const [first, ...rest] = parsed.error.issues.map(malformed);
  return { kind: 'reject', issues: [first ?? { reason: 'malformed-pod', key: 'pod', message: 'is not a pod' }, ...rest] };
}

/** What the settings file means for decisions. `minor`: of the cluster's Kubernetes, where it is known. */
export function decisionSettings(settings: Settings, minor = OLDEST_MINOR): DecisionSettings {
  const { injector, defaults } = settings;
  const { requests, limits } = injector.resources;
  return {
    annotations: { stores: clusterStores(settings.stores), devStore: settings.devStore },
    plan: {
      image: injector.image,
      pullPolicy: injector.pullPolicy,
      setUser: injector.setUser,
      resources: { cpuRequest: requests.cpu, cpuLimit: limits.cpu, memoryRequest: requests.memory, memoryLimit: limits.memory },
      mountPath: defaults['mount-path'],
      deadline: parseDuration(defaults.deadline) ?? 0,
      sizeLimit: defaults['size-limit'],
      kubernetesMinor: settings.kubernetesVersion === undefined ? minor : Number(settings.kubernetesVersion.slice('1.'.length)),
    },
  };
}

function malformed(issue: z.core.$ZodIssue): Issue {
  return { reason: 'malformed-pod', key: issue.path.join('.') || 'pod', message: issue.message };
}

/** `settings.stores` as layers: what is a setting, what is a limit. */
function clusterStores(stores: Settings['stores']): Record<string, ClusterStore> {
  return Object.fromEntries(
    Object.entries(stores).map(([name, store]) => {
      const { provider, locked, 'allowed-addresses': allowedAddresses, ...settings } = ClusterStoreSettings.parse(store ?? {});
      return [name, { provider, locked, allowedAddresses, settings }];
    }),
  );
}

/** Passed `Settings` already; this only sorts it. */
const ClusterStoreSettings = z
  .object({
    provider: z.enum(PROVIDERS).optional(),
    locked: z.array(z.string()).default([]),
    'allowed-addresses': z.array(z.string()).optional(),
  })
  .catchall(z.string());
