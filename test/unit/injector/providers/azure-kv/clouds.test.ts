import { AzureAuthorityHosts } from '@azure/identity';
import { describe, expect, it } from 'vitest';
import { cloudOf } from '../../../../../injector/providers/azure-kv/clouds.ts';

describe('cloudOf', () => {
  it.each([
    ['public', AzureAuthorityHosts.AzurePublicCloud, 'https://{vault}.vault.azure.net', 'https://vault.azure.net/.default'],
    [
      'usgovernment',
      AzureAuthorityHosts.AzureGovernment,
      'https://{vault}.vault.usgovcloudapi.net',
      'https://vault.usgovcloudapi.net/.default',
    ],
    ['china', AzureAuthorityHosts.AzureChina, 'https://{vault}.vault.azure.cn', 'https://vault.azure.cn/.default'],
  ] as const)("knows %s as Microsoft's library does", (cloud, authority, endpoint, scope) => {
    expect(cloudOf({ cloud })).toEqual({ authority, endpoint, scope });
  });

  it('lets settings win, without a slash at the end', () => {
    const settings = { cloud: 'china', authority: 'https://login.example.com/', endpoint: 'https://{vault}.kv.example.com//' } as const;

    expect(cloudOf(settings)).toEqual({
      authority: 'https://login.example.com',
      endpoint: 'https://{vault}.kv.example.com',
      scope: 'https://vault.azure.cn/.default',
    });
  });

  it.each(['http://{vault}.example.com', '{vault}', 'ftp://x'])('refuses %s', (endpoint) => {
    expect(() => cloudOf({ cloud: 'public', endpoint })).toThrow('the setting `endpoint` is no https URL');
  });
});
