import type { ProviderId } from '../contract/provider.ts';
import { FAMILIES } from './families.ts';
import type { SettingValues } from './family.ts';
import { chainOf, own, type StoreLayers } from './layers.ts';

export interface ResolvedStore {
  readonly name: string;
  readonly provider: ProviderId;
  readonly settings: SettingValues;
}

/** A setting that must have a value and has none. */
export interface MissingSetting {
  readonly setting: string;
  readonly serviceAccountAnnotation: string | undefined;
}

/**
 * Merges what is said of a store. The more specific name wins; of one name the pod wins over the cluster. What the pod's
 * ServiceAccount says of its identity stands between the pod's word and the cluster's general one:
 *
 * pod and cluster of the store's own name, pod of the family, pod of the group, ServiceAccount, cluster of the family,
 * cluster of the group, built-in default.
 */
export function resolveStore(name: string, provider: ProviderId, layers: StoreLayers): { store: ResolvedStore; missing: MissingSetting[] } {
  const chain = chainOf(name, provider);
  const general = chain.filter((link) => link !== name || link === provider);
  const settings: Record<string, string> = {};
  const missing: MissingSetting[] = [];
  for (const [setting, { default: standard, required, serviceAccountAnnotation }] of Object.entries(FAMILIES[provider].settings)) {
    const ofPod = (link: string) => own(own(layers.pod, link) ?? {}, setting);
    const ofCluster = (link: string) => own(own(layers.cluster, link)?.settings ?? {}, setting);
    const candidates = [
      ...(name === provider ? [] : [ofPod(name), ofCluster(name)]),
      ...general.map(ofPod),
      serviceAccountAnnotation === undefined ? undefined : own(layers.serviceAccount, serviceAccountAnnotation),
      ...general.map(ofCluster),
      standard,
    ];
    const value = candidates.find((candidate) => candidate !== undefined);
    if (value !== undefined) settings[setting] = value;
    else if (required) missing.push({ setting, serviceAccountAnnotation });
  }
  return { store: { name, provider, settings }, missing };
}
