import { PROVIDERS, type ProviderId } from '../contract/provider.ts';
import { GROUPS } from './families.ts';
import type { SettingValues } from './family.ts';

/** What the admin says of a store, a family or a group of them. */
export interface ClusterStore {
  /** Of a store with a name of the admin's own. */
  readonly provider?: ProviderId | undefined;
  readonly settings: SettingValues;
  /** Settings that pods may not change. */
  readonly locked: readonly string[];
  /** The only addresses that pods may name; absent: any. */
  readonly allowedAddresses?: readonly string[] | undefined;
}

/** Everything that says something about stores, by name of the store, family or group. */
export interface StoreLayers {
  readonly cluster: Readonly<Record<string, ClusterStore>>;
  /** `store.<name>.<setting>` of the pod. */
  readonly pod: Readonly<Record<string, SettingValues>>;
  /** Identity annotations of the pod's ServiceAccount. */
  readonly serviceAccount: SettingValues;
}

/** The family of a store: built in by its name, or as admin or pod say; undefined when nobody knows the name. */
export function providerOf(name: string, { cluster, pod }: Pick<StoreLayers, 'cluster' | 'pod'>): ProviderId | undefined {
  const builtIn = PROVIDERS.find((provider) => provider === name);
  return builtIn ?? own(cluster, name)?.provider ?? PROVIDERS.find((provider) => provider === own(pod, name)?.provider);
}

/** Names whose settings hold for a store, most specific first: itself, its family, the family's groups. */
export function chainOf(name: string, provider: ProviderId): string[] {
  const groups = Object.entries(GROUPS).flatMap(([group, members]) => (members.includes(provider) ? [group] : []));
  return [...new Set([name, provider, ...groups])];
}

/** Every name that a reference may begin with. */
export function knownStores({ cluster, pod }: Pick<StoreLayers, 'cluster' | 'pod'>): string[] {
  const named = [...Object.keys(cluster), ...Object.keys(pod)].filter((name) => !Object.hasOwn(GROUPS, name));
  return [...new Set([...PROVIDERS, ...named.filter((name) => providerOf(name, { cluster, pod }) !== undefined)])];
}

/** Own properties only: names come from users. */
export function own<Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
