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
    case 'azure-kv':
      return (await import('./azure-kv/index.ts')).openAzureKv(config, deps);
    case 'aws-sm':
      return (await import('./aws-sm/index.ts')).openAwsSm(config, deps);
    case 'aws-ssm':
      return (await import('./aws-ssm/index.ts')).openAwsSsm(config, deps);
    case 'gcp-sm':
      return (await import('./gcp-sm/index.ts')).openGcpSm(config, deps);
    case 'pulumi-esc':
      return (await import('./pulumi-esc/index.ts')).openPulumiEsc(config, deps);
    case 'dev':
      return (await import('./dev/index.ts')).openDev(config, deps);
    default:
      return config satisfies never;
  }
}
