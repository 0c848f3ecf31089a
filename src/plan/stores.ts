import {
  CA_DIRECTORY,
  CA_VOLUME_PREFIX,
  DEV_DIRECTORY,
  DEV_VOLUME_PREFIX,
  IDENTITY_DIRECTORY,
  IDENTITY_VOLUME,
} from '../contract/names.ts';
import type { StoreConfig } from '../contract/provider.ts';
import { FAMILIES } from '../stores/families.ts';
import type { ResolvedStore } from '../stores/resolve.ts';
import type { JsonObject } from './injection-plan.ts';

/** What the stores need in the pod: their wire settings, volumes, and mounts of our container. */
export interface StorePlan {
  readonly stores: Record<string, StoreConfig>;
  readonly volumes: (JsonObject & { name: string })[];
  readonly mounts: JsonObject[];
}

/** The API server refuses shorter lives. */
const SHORTEST_TOKEN = 600;
const LONGEST_TOKEN = 3600;

/**
 * Turns each store's merged settings into its part of the config. Stores that share an audience share one projected
 * token; the token lives as long as the fetch may take, within 10 minutes and an hour.
 */
export function planStores(resolved: readonly ResolvedStore[], deadline: number): StorePlan {
  const audiences: (string | undefined)[] = [];
  const plan: StorePlan = { stores: {}, volumes: [], mounts: [] };

  for (const { name, provider, settings } of resolved) {
    plan.stores[name] = FAMILIES[provider].wire(settings, {
      token(audience) {
        if (!audiences.includes(audience)) audiences.push(audience);
        return { tokenFile: `${IDENTITY_DIRECTORY}/${tokenName(audiences, audience)}`, ...(audience === undefined ? {} : { audience }) };
      },
      configMap(configMap) {
        const [prefix, directory] = provider === 'dev' ? [DEV_VOLUME_PREFIX, DEV_DIRECTORY] : [CA_VOLUME_PREFIX, CA_DIRECTORY];
        const mountPath = `${directory}/${name}`;
        plan.volumes.push({ name: `${prefix}${name}`, configMap: { name: configMap } });
        plan.mounts.push({ name: `${prefix}${name}`, mountPath, readOnly: true });
        return mountPath;
      },
    });
  }

  if (audiences.length > 0) {
    const expirationSeconds = Math.min(LONGEST_TOKEN, Math.max(SHORTEST_TOKEN, Math.ceil(deadline / 1000)));
    const sources = audiences.map((audience) => ({
      serviceAccountToken: { ...(audience === undefined ? {} : { audience }), expirationSeconds, path: tokenName(audiences, audience) },
    }));
    plan.volumes.push({ name: IDENTITY_VOLUME, projected: { sources } });
    plan.mounts.push({ name: IDENTITY_VOLUME, mountPath: IDENTITY_DIRECTORY, readOnly: true });
  }
  return plan;
}

function tokenName(audiences: readonly (string | undefined)[], audience: string | undefined): string {
  return `token-${audiences.indexOf(audience) + 1}`;
}
