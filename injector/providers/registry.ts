import type { StoreConfig } from '../../src/contract/provider.ts';
import type { ProviderDeps, Store } from './provider.ts';

/**
 * Loads the store's provider and opens it. Each `import()` of `./<provider>/index.ts` becomes a CommonJS file of its own
 * next to the bundle's main.js, so that only the provider in use costs start-up time.
 */
export async function openStore(config: StoreConfig, deps: ProviderDeps): Promise<Store> {
  switch (config.provider) {
    case 'vault':
      return (await import('./vault/index.ts')).openVault(config, deps);
    case 'dev':
      return (await import('./dev/index.ts')).openDev(config, deps);
    default:
      return config satisfies never;
  }
}
