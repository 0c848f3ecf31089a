import { ANNOTATION_PREFIX } from '../contract/names.ts';
import type { Issue } from '../issues/issue.ts';
import type { ResolvedStore } from './request.ts';
import type { StoreFamily } from './stores.ts';

/** Merges a store's settings: built-in defaults, then the cluster's, then the pod's; lists the required ones that are missing. */
export function resolveStore(
  name: string,
  family: StoreFamily,
  cluster: Readonly<Record<string, string>>,
  pod: Readonly<Record<string, string>>,
): { store: ResolvedStore; issues: Issue[] } {
  const settings: Record<string, string> = {};
  const issues: Issue[] = [];
  for (const [setting, { default: standard, required }] of Object.entries(family.settings)) {
    const value = pod[setting] ?? cluster[setting] ?? standard;
    if (value !== undefined) settings[setting] = value;
    else if (required) {
      issues.push({
        reason: 'invalid-annotation',
        key: `${ANNOTATION_PREFIX}store.${name}.${setting}`,
        message: `is needed by the store \`${name}\`; set this annotation, or ask your cluster admin to set \`settings.stores.${name}.${setting}\``,
      });
    }
  }
  return { store: { name, settings }, issues };
}
