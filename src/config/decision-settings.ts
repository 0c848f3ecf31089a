import type { DecisionSettings } from '../admission/decide.ts';
import { parseDuration } from '../common/duration.ts';
import type { Settings } from './settings.ts';

/** The minor version of Kubernetes 1 that Keyfirst supports at least; assumed where none is known. */
const OLDEST_MINOR = 30;

/** What the settings file means for decisions. `minor`: of the cluster's Kubernetes, where it is known. */
export function decisionSettings(settings: Settings, minor = OLDEST_MINOR): DecisionSettings {
  const { injector, defaults } = settings;
  const { requests, limits } = injector.resources;
  return {
    annotations: { stores: withoutAbsent(settings.stores), devStore: settings.devStore },
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

function withoutAbsent(stores: Settings['stores']): Record<string, Record<string, string>> {
  return Object.fromEntries(
    Object.entries(stores).map(([name, settings]) => [
      name,
      Object.fromEntries(Object.entries(settings ?? {}).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]))),
    ]),
  );
}
