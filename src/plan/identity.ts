import type { ResolvedStore } from '../annotations/request.ts';
import {
  CA_DIRECTORY,
  CA_VOLUME_PREFIX,
  DEV_DIRECTORY,
  DEV_FILE,
  DEV_VOLUME_PREFIX,
  IDENTITY_DIRECTORY,
  IDENTITY_VOLUME,
} from '../contract/names.ts';
import type { StoreConfig } from '../contract/provider.ts';
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
  const audiences = [...new Set(resolved.filter(({ name }) => name === 'vault').map(({ settings }) => settings.audience))];
  const tokenName = (audience: string | undefined) => `token-${audiences.indexOf(audience) + 1}`;
  const plan: StorePlan = { stores: {}, volumes: [], mounts: [] };

  for (const { name, settings } of resolved) {
    if (name === 'dev') {
      plan.stores[name] = { provider: 'dev', file: `${DEV_DIRECTORY}/${name}/${DEV_FILE}` };
      addConfigMap(plan, `${DEV_VOLUME_PREFIX}${name}`, settings['config-map'] ?? '', `${DEV_DIRECTORY}/${name}`);
      continue;
    }
    const ca = settings['ca-config-map'];
    plan.stores[name] = {
      provider: 'vault',
      address: settings.address ?? '',
      role: settings.role ?? '',
      auth: 'kubernetes',
      authPath: settings['auth-path'] ?? '',
      tokenFile: `${IDENTITY_DIRECTORY}/${tokenName(settings.audience)}`,
      ...(settings.audience === undefined ? {} : { audience: settings.audience }),
      ...(settings.namespace === undefined ? {} : { namespace: settings.namespace }),
      ...(settings['tls-server-name'] === undefined ? {} : { tlsServerName: settings['tls-server-name'] }),
      ...(ca === undefined ? {} : { caDirectory: `${CA_DIRECTORY}/${name}` }),
    };
    if (ca !== undefined) addConfigMap(plan, `${CA_VOLUME_PREFIX}${name}`, ca, `${CA_DIRECTORY}/${name}`);
  }

  if (audiences.length > 0) {
    const expirationSeconds = Math.min(LONGEST_TOKEN, Math.max(SHORTEST_TOKEN, Math.ceil(deadline / 1000)));
    const sources = audiences.map((audience) => ({
      serviceAccountToken: { ...(audience === undefined ? {} : { audience }), expirationSeconds, path: tokenName(audience) },
    }));
    plan.volumes.push({ name: IDENTITY_VOLUME, projected: { sources } });
    plan.mounts.push({ name: IDENTITY_VOLUME, mountPath: IDENTITY_DIRECTORY, readOnly: true });
  }
  return plan;
}

function addConfigMap(plan: StorePlan, volume: string, configMap: string, mountPath: string): void {
  plan.volumes.push({ name: volume, configMap: { name: configMap } });
  plan.mounts.push({ name: volume, mountPath, readOnly: true });
}
