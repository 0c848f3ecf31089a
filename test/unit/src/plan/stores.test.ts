import { describe, expect, it } from 'vitest';
import { planStores } from '../../../../src/plan/stores.ts';

const CA = { 'ca-config-map': 'private-ca' };
const ROLE = 'arn:aws:iam::111122223333:role/shop';
const PROVIDER = 'projects/123/locations/global/workloadIdentityPools/pool/providers/cluster';

describe('what a store needs in the pod', () => {
  it('is its wire settings, a token for its audience, and its ConfigMap', () => {
    const plan = planStores(
      [
        {
          name: 'vault',
          provider: 'vault',
          settings: { address: 'https://v', role: 'r', auth: 'jwt', 'auth-path': 'jwt', audience: 'vault', ...CA },
        },
        {
          name: 'payments',
          provider: 'vault',
          settings: { address: 'https://p', role: 'p', auth: 'kubernetes', 'auth-path': 'k', audience: 'vault' },
        },
        {
          name: 'azure-kv',
          provider: 'azure-kv',
          settings: { 'client-id': 'c', 'tenant-id': 't', cloud: 'china', authority: 'https://a', endpoint: 'https://{vault}.b' },
        },
        {
          name: 'aws-sm',
          provider: 'aws-sm',
          settings: { region: 'eu-central-1', 'role-arn': ROLE, 'sts-endpoint': 'https://s', endpoint: 'https://e' },
        },
        { name: 'aws-ssm', provider: 'aws-ssm', settings: { region: 'eu-central-1' } },
        {
          name: 'gcp-sm',
          provider: 'gcp-sm',
          settings: { 'workload-identity-provider': PROVIDER, 'service-account': 'g', 'sts-endpoint': 'https://s', endpoint: 'https://e' },
        },
        { name: 'gke', provider: 'gcp-sm', settings: {} },
        { name: 'pulumi-esc', provider: 'pulumi-esc', settings: { organization: 'acme', endpoint: 'https://api' } },
        { name: 'dev', provider: 'dev', settings: { 'config-map': 'demo' } },
      ],
      120_000,
    );
    const token = (index: number, audience: string) => ({ tokenFile: `/keyfirst/identity/token-${index}`, audience });

    expect(plan.stores).toEqual({
      vault: {
        provider: 'vault',
        address: 'https://v',
        role: 'r',
        auth: 'jwt',
        authPath: 'jwt',
        caDirectory: '/keyfirst/ca/vault',
        ...token(1, 'vault'),
      },
      payments: { provider: 'vault', address: 'https://p', role: 'p', auth: 'kubernetes', authPath: 'k', ...token(1, 'vault') },
      'azure-kv': {
        provider: 'azure-kv',
        clientId: 'c',
        tenantId: 't',
        cloud: 'china',
        authority: 'https://a',
        endpoint: 'https://{vault}.b',
        ...token(2, 'api://AzureADTokenExchange'),
      },
      'aws-sm': {
        provider: 'aws-sm',
        region: 'eu-central-1',
        stsEndpoint: 'https://s',
        endpoint: 'https://e',
        webIdentity: { roleArn: ROLE, ...token(3, 'sts.amazonaws.com') },
      },
      'aws-ssm': { provider: 'aws-ssm', region: 'eu-central-1' },
      'gcp-sm': {
        provider: 'gcp-sm',
        serviceAccount: 'g',
        stsEndpoint: 'https://s',
        endpoint: 'https://e',
        federation: { workloadIdentityProvider: PROVIDER, ...token(4, `//iam.googleapis.com/${PROVIDER}`) },
      },
      gke: { provider: 'gcp-sm' },
      'pulumi-esc': { provider: 'pulumi-esc', organization: 'acme', endpoint: 'https://api', ...token(5, 'urn:pulumi:org:acme') },
      dev: { provider: 'dev', file: '/keyfirst/dev/dev/secrets.yaml' },
    });
    expect(plan.volumes.map(({ name }) => name)).toEqual(['keyfirst-ca-vault', 'keyfirst-dev-dev', 'keyfirst-identity']);
    expect(plan.volumes.at(-1)).toMatchObject({ projected: { sources: { length: 5 } } });
  });

  it('lets the token live as long as the fetch may take, within ten minutes and an hour', () => {
    const life = (deadline: number) =>
      JSON.stringify(
        planStores([{ name: 'pulumi-esc', provider: 'pulumi-esc', settings: { organization: 'acme' } }], deadline).volumes,
      ).match(/"expirationSeconds":(\d+)/)?.[1];

    expect([life(1000), life(1_800_000), life(3_600_000)]).toEqual(['600', '1800', '3600']);
  });

  it('is no token for the cluster default when nobody asks for one', () => {
    expect(planStores([{ name: 'gke', provider: 'gcp-sm', settings: {} }], 1000).volumes).toEqual([]);
  });
});
