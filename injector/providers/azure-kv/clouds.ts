import type { AzureKvStore } from '../../../src/contract/provider.ts';
import { ProviderError } from '../provider-error.ts';

/** Where a cloud's Entra ID and vaults are, and for whom its tokens must be issued. */
export interface Cloud {
  /** Base URL of Entra ID, without a slash at the end. */
  readonly authority: string;
  /** Base URL of a vault, `{vault}` for its name, without a slash at the end. */
  readonly endpoint: string;
  readonly scope: string;
}

const CLOUDS: Readonly<Record<AzureKvStore['cloud'], Cloud>> = {
  public: {
    authority: 'https://login.microsoftonline.com',
    endpoint: 'https://{vault}.vault.azure.net',
    scope: 'https://vault.azure.net/.default',
  },
  usgovernment: {
    authority: 'https://login.microsoftonline.us',
    endpoint: 'https://{vault}.vault.usgovcloudapi.net',
    scope: 'https://vault.usgovcloudapi.net/.default',
  },
  china: {
    authority: 'https://login.chinacloudapi.cn',
    endpoint: 'https://{vault}.vault.azure.cn',
    scope: 'https://vault.azure.cn/.default',
  },
};

/** The store's cloud, its addresses overridden by the settings. Throws `invalid` for one that is no https URL. */
export function cloudOf({ cloud, authority, endpoint }: Pick<AzureKvStore, 'cloud' | 'authority' | 'endpoint'>): Cloud {
  const known = CLOUDS[cloud];
  return {
    authority: baseUrl('authority', authority ?? known.authority),
    endpoint: baseUrl('endpoint', endpoint ?? known.endpoint),
    scope: known.scope,
  };
}

/** Only https: a bearer token would travel in the clear. */
function baseUrl(setting: string, text: string): string {
  const sample = text.replaceAll('{vault}', 'vault');
  if (!URL.canParse(sample) || new URL(sample).protocol !== 'https:') {
    throw new ProviderError('invalid', `the setting \`${setting}\` is no https URL`, {
      remedy: `Write it like \`${setting === 'endpoint' ? 'https://{vault}.vault.example.com' : 'https://login.example.com'}\`.`,
    });
  }
  return text.replace(/\/+$/, '');
}
