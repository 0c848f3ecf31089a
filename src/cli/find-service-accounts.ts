import { isRecord } from '../plan/contains.ts';
import type { SettingValues } from '../stores/family.ts';
import { serviceAccountIdentity } from '../stores/service-account-identity.ts';

/** Identity annotations of the ServiceAccounts in a document, lists of them included, by `<namespace>/<name>`; `namespace` is of those that name none. */
export function findServiceAccounts(content: unknown, namespace: string): [key: string, identity: SettingValues][] {
  return search(content, namespace, {});
}

/** `list`: what the items of the list around it are, where they do not say so themselves. */
function search(object: unknown, namespace: string, list: { kind?: string; apiVersion?: unknown }): [string, SettingValues][] {
  if (!isRecord(object)) return [];
  const { kind = list.kind, apiVersion = list.apiVersion, items, metadata } = object;
  if (typeof kind !== 'string') return [];
  if (kind.endsWith('List') && Array.isArray(items)) {
    const itemKind = kind.slice(0, -'List'.length);
    const itemsAre = itemKind === '' ? {} : { kind: itemKind, apiVersion };
    return items.flatMap((item) => search(item, namespace, itemsAre));
  }
  // Other groups have a kind of this name too, for example Google's accounts in Crossplane.
  const ours = kind === 'ServiceAccount' && (apiVersion === undefined || apiVersion === 'v1');
  if (!ours || !isRecord(metadata) || typeof metadata.name !== 'string') return [];
  const home = typeof metadata.namespace === 'string' && metadata.namespace !== '' ? metadata.namespace : namespace;
  return [[`${home}/${metadata.name}`, serviceAccountIdentity(isRecord(metadata.annotations) ? metadata.annotations : {})]];
}
