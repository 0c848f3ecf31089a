import * as z from 'zod';
import type { DecisionSettings } from '../admission/decide.ts';
import { parseDuration } from '../common/duration.ts';
import { PROVIDERS } from '../contract/provider.ts';
import type { ClusterStore } from '../stores/layers.ts';
import type { Settings } from './settings.ts';

/** The minor version of Kubernetes 1 that Keyfirst supports at least; assumed where none is known. */
const OLDEST_MINOR = 30;

/** First minor version with the gate EnvFiles on by default (KEP-3721). */
const ENV_FILES_SINCE = 35;

/** What was learnt from the cluster; absent where it is not known. */
export interface Learnt {
  /** Minor version of Kubernetes 1. */
  readonly minor?: number | undefined;
  /** Whether the API server has the gate EnvFiles on. */
  readonly envFiles?: boolean | undefined;
}

/** What the settings file means for decisions; where it says something itself, that wins over what was learnt. */
export function decisionSettings(settings: Settings, { minor: learnt, envFiles }: Learnt = {}): DecisionSettings {
  const { injector, defaults, env } = settings;
  const minor = settings.kubernetesVersion === undefined ? (learnt ?? OLDEST_MINOR) : Number(settings.kubernetesVersion.slice('1.'.length));
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
      env: {
        delivery: defaults['env-delivery'],
        fileKeyRef: env.fileKeyRef ?? envFiles ?? minor >= ENV_FILES_SINCE,
        check: env.check,
        copyWrapper: env.wrapper === 'copy',
      },
      kubernetesMinor: minor,
    },
  };
}

/** `settings.stores` as layers: what is a setting, what is a limit. */
function clusterStores(stores: Settings['stores']): Record<string, ClusterStore> {
  return Object.fromEntries(
    Object.entries(stores).map(([name, store]) => {
      const { provider, locked, 'allowed-addresses': allowedAddresses, ...settings } = ClusterStoreSettings.parse(given(store ?? {}));
      return [name, { provider, locked, allowedAddresses, settings }];
    }),
  );
}

/** Without what is there but empty, which means its default. */
function given(store: object): object {
  return Object.fromEntries(Object.entries(store).filter(([, value]) => value !== undefined));
}

/** Passed `Settings` already; this only sorts it. */
const ClusterStoreSettings = z
  .object({
    provider: z.enum(PROVIDERS).optional(),
    locked: z.array(z.string()).default([]),
    'allowed-addresses': z.array(z.string()).optional(),
  })
  .catchall(z.string());
