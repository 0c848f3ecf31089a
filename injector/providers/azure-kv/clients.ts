import type { CertificateClient } from '@azure/keyvault-certificates';
import type { KeyClient } from '@azure/keyvault-keys';
import { SecretClient } from '@azure/keyvault-secrets';
import type { Cloud } from './clouds.ts';
import { createCredential } from './credential.ts';
import type { Entra } from './entra.ts';
import type { Peer } from './network-error.ts';
import { createHttpClient } from './sdk-http.ts';
import type { Transport } from './transport.ts';

/** The official clients of one vault. */
export interface VaultClients {
  readonly place: string;
  readonly secrets: SecretClient;
  certificates(): Promise<CertificateClient>;
  keys(): Promise<KeyClient>;
}

/** `(vault) => its clients`, made once a vault. Those for certificates and keys are loaded when first used. */
export function createClients(cloud: Cloud, tenantId: string, entra: Entra, send: Transport): (vault: string) => VaultClients {
  const known = new Map<string, VaultClients>();
  return (vault) => {
    const id = vault.toLowerCase();
    const clients = known.get(id) ?? open(id, cloud, tenantId, entra, send);
    known.set(id, clients);
    return clients;
  };
}

function open(vault: string, cloud: Cloud, tenantId: string, entra: Entra, send: Transport): VaultClients {
  const url = cloud.endpoint.replaceAll('{vault}', vault);
  const peer: Peer = { place: `Key Vault ${vault} at ${url}`, setting: 'endpoint', vault };
  const credential = createCredential(entra, cloud.scope, tenantId, peer.place);
  const options = {
    httpClient: createHttpClient(send, entra, peer),
    // Ours decide about trying again, and a token follows no redirect.
    retryOptions: { maxRetries: 0 },
    redirectOptions: { maxRetries: 0 },
    // An endpoint of its own need not be below the audience's host; the credential checks the audience itself.
    disableChallengeResourceVerification: true,
  };
  return {
    place: peer.place,
    secrets: new SecretClient(url, credential, options),
    certificates: async () => new (await import('./certificate/index.ts')).CertificateClient(url, credential, options),
    keys: async () => new (await import('./key/index.ts')).KeyClient(url, credential, options),
  };
}
