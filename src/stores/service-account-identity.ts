import { FAMILIES } from './families.ts';
import type { SettingValues } from './family.ts';

/** The annotations by which ServiceAccounts get their identity in a cloud (Azure Workload Identity, IRSA). */
const KEYS: readonly string[] = [
  ...new Set(
    Object.values(FAMILIES).flatMap(({ settings }) =>
      Object.values(settings).flatMap(({ serviceAccountAnnotation }) => serviceAccountAnnotation ?? []),
    ),
  ),
];

/** Characters; a longer value is left out. No role ARN and no UUID is longer, and whoever may write annotations could else fill our memory. */
const LONGEST = 2_048;

/** Shared by all ServiceAccounts without an identity, which are most. */
export const NO_IDENTITY: SettingValues = Object.freeze({});

/** What a ServiceAccount's annotations say of its identity; everything else is left out. */
export function serviceAccountIdentity(annotations: Readonly<Record<string, unknown>>): SettingValues {
  const found = KEYS.flatMap((key) => {
    const value = Object.hasOwn(annotations, key) ? annotations[key] : undefined;
    return typeof value !== 'string' || value.length > LONGEST ? [] : [[key, value]];
  });
  return found.length === 0 ? NO_IDENTITY : Object.freeze(Object.fromEntries(found));
}
