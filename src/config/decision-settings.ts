import * as z from 'zod';
import type { DecisionSettings } from '../admission/decide.ts';
import { parseDuration } from '../common/duration.ts';
import { PROVIDERS } from '../contract/provider.ts';
import type { ClusterStore } from '../stores/layers.ts';
import type { Settings } from './settings.ts';

/** The minor version of Kubernetes 1 that Keyfirst supports at least; assumed where none is known. */
const OLDEST_MINOR = 30;

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
