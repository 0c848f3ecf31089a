import { withoutEndSlashes } from '../common/end-slashes.ts';
import type { ProviderId } from '../contract/provider.ts';
import { FAMILIES } from './families.ts';
import { chainOf, own, type StoreLayers } from './layers.ts';

/**
 * Why a pod may not set a setting of a store: an admin locked it, or closed the list of addresses. What is said of a
 * family or group binds every store of it, so that a pod cannot name a store of its own around it. Undefined: it may.
 */
export function limitOf(
  name: string,
  provider: ProviderId,
  setting: string,
  value: string,
  { cluster }: Pick<StoreLayers, 'cluster'>,
): string | undefined {
  const chain = chainOf(name, provider);
  const locker = chain.find((link) => own(cluster, link)?.locked.includes(setting));
  if (locker !== undefined) return `is locked by your cluster admin (\`settings.stores.${locker}.locked\`); remove this annotation`;
  if (FAMILIES[provider].settings[setting]?.isAddress !== true) return undefined;
  const closed = chain.find((link) => !(own(cluster, link)?.allowedAddresses ?? [value]).some((address) => same(address, value)));
  if (closed === undefined) return undefined;
  const allowed = own(cluster, closed)?.allowedAddresses ?? [];
  return `is not one of the addresses that your cluster admin allows (\`settings.stores.${closed}.allowed-addresses\`): ${allowed.join(', ') || 'none'}`;
}

function same(a: string, b: string): boolean {
  return plain(a) === plain(b);
}

function plain(address: string): string {
  return withoutEndSlashes(address).toLowerCase();
}
