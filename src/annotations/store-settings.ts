import { ANNOTATION_PREFIX } from '../contract/names.ts';
import { PROVIDERS, type ProviderId } from '../contract/provider.ts';
import { didYouMean, didYouMeanOr } from '../issues/did-you-mean.ts';
import { type Issue, quote } from '../issues/issue.ts';
import { FAMILIES, GROUPS } from '../stores/families.ts';
import { own, providerOf, type StoreLayers } from '../stores/layers.ts';
import { limitOf } from '../stores/limits.ts';
import { refused } from './refused.ts';

const PREFIX = `${ANNOTATION_PREFIX}store.`;
const STORE_NAME = /^[a-z][a-z0-9-]{0,30}$/;

/**
 * Reads the pod's `store.<store>.<setting>` annotations: settings by store name, checked against the table of the store's
 * family and the cluster's locks. A store of the pod's own name says its `provider`.
 */
export function readStoreSettings(
  annotations: Readonly<Record<string, string>>,
  cluster: StoreLayers['cluster'],
): { pod: Record<string, Record<string, string>>; issues: Issue[] } {
  const lines = Object.entries(annotations).flatMap(([key, value]) => (key.startsWith(PREFIX) ? [{ key, value, ...split(key) }] : []));
  const issues: Issue[] = [];
  const report = (key: string, message: string) => issues.push({ reason: 'invalid-annotation', key, message });

  // Providers first: without them the other settings of a named store mean nothing.
  const pod: Record<string, Record<string, string>> = Object.create(null);
  for (const { key, value, store } of lines.filter(({ setting }) => setting === 'provider')) {
    const problem = providerProblem(store, value, cluster);
    if (problem === undefined) pod[store] = { provider: value };
    else report(key, problem);
  }
  const named = { ...pod };
  for (const { key, value, store, setting } of lines.filter((line) => line.setting !== 'provider')) {
    const providers = providersOf(store, { cluster, pod: named });
    if (providers.length === 0) {
      // A provider that was refused has been reported already.
      if (!lines.some((line) => line.store === store && line.setting === 'provider')) report(key, unknownStore(store, cluster));
      continue;
    }
    const problem =
      setting === '' ? 'names no setting; a key is store.<store>.<setting>' : settingProblem(store, setting, value, providers, cluster);
    if (problem === undefined) pod[store] = { ...pod[store], [setting]: value };
    else report(key, problem);
  }
  return { pod, issues };
}

function split(key: string): { store: string; setting: string } {
  const [store = '', ...setting] = key.slice(PREFIX.length).split('.');
  return { store, setting: setting.join('.') };
}

function providerProblem(store: string, value: string, cluster: StoreLayers['cluster']): string | undefined {
  if (!STORE_NAME.test(store))
    return `\`${store}\` cannot be the name of a store: lower-case letters, digits and \`-\`, at most 31, beginning with a letter`;
  if (Object.hasOwn(FAMILIES, store) || Object.hasOwn(GROUPS, store))
    return `\`${store}\` is built in and has no provider; choose another name for a store of your own`;
  const admins = own(cluster, store)?.provider;
  if (admins !== undefined && admins !== value)
    return `the store \`${store}\` is your cluster admin's and has the provider ${admins}; choose another name`;
  if (PROVIDERS.some((provider) => provider === value)) return undefined;
  return `${quote(value)} is not a provider${didYouMeanOr(value, PROVIDERS, 'there are')}`;
}

/** The families that a name sets: a store's one, a group's several. */
function providersOf(store: string, layers: Pick<StoreLayers, 'cluster' | 'pod'>): readonly ProviderId[] {
  const provider = providerOf(store, layers);
  return provider === undefined ? (own(GROUPS, store) ?? []) : [provider];
}

function unknownStore(store: string, cluster: StoreLayers['cluster']): string {
  const known = [...new Set([...PROVIDERS, ...Object.keys(GROUPS), ...Object.keys(cluster)])];
  return `\`${store}\` is not a store${didYouMean(store, known)}; for a store of your own set ${PREFIX}${store}.provider too, else use one of ${known.join(', ')}`;
}

function settingProblem(
  store: string,
  setting: string,
  value: string,
  providers: readonly ProviderId[],
  cluster: StoreLayers['cluster'],
): string | undefined {
  for (const provider of providers) {
    const { settings } = FAMILIES[provider];
    const row = own(settings, setting);
    if (row === undefined) return `\`${setting}\` is not a setting of ${store}${didYouMeanOr(setting, Object.keys(settings), 'it has')}`;
    const result = row.schema.safeParse(value);
    // An address may hold a password, so it is not told.
    if (!result.success) return row.isAddress === true ? `${result.error.issues[0]?.message}` : refused(row.schema, value, result.error);
    const limit = limitOf(store, provider, setting, value, { cluster });
    if (limit !== undefined) return limit;
  }
  return undefined;
}
