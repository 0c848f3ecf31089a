import type { StoreConfig } from '../../src/contract/provider.ts';
import { startAzureDouble } from './azure-double.ts';
import { createSigner } from './azure-jwt.ts';
import { AUDIENCE, azureStore, CLIENT, claims, ISSUER, SUBJECT, TENANT } from './azure-store.ts';
import { startSecretManager } from './drongo.ts';
import type { FaultedStore } from './faults-expected.ts';
import { closeAll, eachValue, type OpenStore, PLACEHOLDER, TOKEN_FILE } from './faults-store.ts';
import { openAwsSm, openAwsSsm } from './faults-stores-aws.ts';
import { startGoogleSts } from './google-sts.ts';
import { startTokenIssuer } from './jwt.ts';
import { startPulumi } from './pulumi.ts';
import { startVault } from './vault.ts';
import { enableKubernetesAuth, serviceAccountToken } from './vault-login.ts';

/** The stores that are called over the network, each with everything of `VALUES`. */
export const OPEN: Readonly<Record<FaultedStore, () => Promise<OpenStore>>> = {
  vault: openVault,
  'azure-kv': openAzure,
  'aws-sm': openAwsSm,
  'aws-ssm': openAwsSsm,
  'gcp-sm': openGoogle,
  'pulumi-esc': openPulumi,
};

async function openVault(): Promise<OpenStore> {
  const vault = await startVault();
  const auth = await enableKubernetesAuth(vault);
  // Vault's own limit of a string in JSON is 1 MiB.
  const tooLarge = 'five-mb';
  await eachValue((name, value) =>
    vault.call('POST', `secret/data/shop/${name}`, { data: { word: name === tooLarge ? PLACEHOLDER : value } }),
  );
  const config = (address: string): StoreConfig => ({
    provider: 'vault',
    address,
    role: 'shop',
    authPath: 'kubernetes',
    auth: 'kubernetes',
    audience: 'vault',
    tokenFile: TOKEN_FILE,
  });
  return {
    config,
    direct: config(vault.address),
    reference: (name) => `vault://secret/shop/${name}#word`,
    token: () => serviceAccountToken(),
    upstreamOf: () => vault,
    isLogin: ({ path }) => path.endsWith('/login'),
    tooLarge,
    readRequests: 1,
    requests: 4,
    [Symbol.asyncDispose]: () => closeAll(auth, vault),
  };
}

async function openAzure(): Promise<OpenStore> {
  const cluster = createSigner();
  const azure = await startAzureDouble({
    applications: [{ tenantId: TENANT, clientId: CLIENT, federated: [{ issuer: ISSUER, subject: SUBJECT, audience: AUDIENCE }] }],
    vaults: { 'shop-vault': { tenantId: TENANT, readers: { [CLIENT]: ['secret'] } } },
    keysOf: async () => cluster.jwks,
  });
  await eachValue(async (name, value) => azure.vaults.putSecret('shop-vault', name, value));
  const config = (origin: string): StoreConfig => azureStore({ origin, endpoint: `${origin}/{vault}` }, { tokenFile: TOKEN_FILE });
  return {
    config,
    direct: config(azure.origin),
    ca: azure.ca,
    reference: (name) => `azure-kv://shop-vault/${name}`,
    token: () => cluster.sign(claims()),
    upstreamOf: () => ({ address: azure.origin, ca: azure.ca }),
    isLogin: ({ path }) => path.endsWith('/token'),
    tls: true,
    readRequests: 1,
    requests: 3,
    [Symbol.asyncDispose]: () => closeAll(azure),
  };
}

async function openGoogle(): Promise<OpenStore> {
  const pool = 'projects/123/locations/global/workloadIdentityPools/pool';
  const workloadIdentityProvider = `${pool}/providers/cluster`;
  const audience = `//iam.googleapis.com/${workloadIdentityProvider}`;
  const issuer = await startTokenIssuer();
  const sts = await startGoogleSts({ provider: workloadIdentityProvider, issuer: issuer.issuer });
  const google = await startSecretManager(sts, { shop: [`principal://iam.googleapis.com/${pool}/subject/${SUBJECT}`] });
  await eachValue((name, value) => google.add('shop', name, value));
  const isLogin: OpenStore['isLogin'] = ({ path }) => path === '/v1/token';
  const config = (endpoint: string, stsEndpoint = endpoint): StoreConfig => ({
    provider: 'gcp-sm',
    endpoint,
    stsEndpoint,
    federation: { tokenFile: TOKEN_FILE, audience, workloadIdentityProvider },
  });
  return {
    config: (address) => config(address),
    direct: config(google.address, sts.address),
    reference: (name) => `gcp-sm://shop/${name}`,
    token: () => issuer.token(audience),
    upstreamOf: (request) => (isLogin(request) ? sts : google),
    isLogin,
    readRequests: 1,
    requests: 3,
    [Symbol.asyncDispose]: () => closeAll(google, sts, issuer),
  };
}

async function openPulumi(): Promise<OpenStore> {
  const audience = 'urn:pulumi:org:acme';
  const issuer = await startTokenIssuer();
  const environments: Record<string, string[]> = {};
  await eachValue(async (name, value) => (environments[`acme/shop/${name}`] = [JSON.stringify({ word: { value, secret: true } })]));
  const pulumi = await startPulumi({ organization: 'acme', issuers: [issuer], allow: [{ sub: SUBJECT }], environments });
  const config = (endpoint: string): StoreConfig => ({
    provider: 'pulumi-esc',
    endpoint,
    organization: 'acme',
    tokenFile: TOKEN_FILE,
    audience,
  });
  return {
    config,
    direct: config(pulumi.address),
    reference: (name) => `pulumi-esc://acme/shop/${name}#word`,
    token: () => issuer.token(audience),
    upstreamOf: () => pulumi,
    isLogin: ({ path }) => path === '/api/oauth/token',
    readRequests: 2,
    requests: 5,
    [Symbol.asyncDispose]: () => closeAll(pulumi, issuer),
  };
}
