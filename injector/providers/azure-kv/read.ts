import type { CertificatePolicy, KeyVaultCertificate } from '@azure/keyvault-certificates';
import { Redacted } from '../../../src/common/redacted.ts';
import type { SecretRead } from '../provider.ts';
import type { VaultClients } from './clients.ts';
import { secretValue } from './secret.ts';
import type { Target } from './target.ts';

/** Reads one object by the SDK; throws what the SDK throws, or a `ProviderError`. */
export async function readTarget(clients: VaultClients, target: Target, abortSignal: AbortSignal): Promise<SecretRead> {
  const { name, version } = target;
  switch (target.type) {
    case 'secret': {
      const secret = await clients.secrets.getSecret(name, { abortSignal, ...(version === undefined ? {} : { version }) });
      return { value: new Redacted(secretValue(secret, target)), version: secret.properties.version };
    }
    case 'certificate': {
      const { certificateValue } = await import('./certificate/index.ts');
      const client = await clients.certificates();
      const certificate: KeyVaultCertificate & { readonly policy?: CertificatePolicy } = await (version === undefined
        ? client.getCertificate(name, { abortSignal })
        : client.getCertificateVersion(name, version, { abortSignal }));
      // The key is in the secret of the same name and version; asking for the current one could meet a renewal in between.
      const current = certificate.properties.version ?? version;
      const secret = await clients.secrets.getSecret(name, { abortSignal, ...(current === undefined ? {} : { version: current }) });
      // Of an older version the policy is not told.
      const exportable = certificate.policy?.exportable === true;
      return { value: new Redacted(await certificateValue({ cer: certificate.cer, exportable }, secret, target)), version: current };
    }
    case 'key': {
      const { publicKeyPem } = await import('./key/index.ts');
      const client = await clients.keys();
      const key = await client.getKey(name, { abortSignal, ...(version === undefined ? {} : { version }) });
      return { value: new Redacted({ kind: 'text', text: publicKeyPem(key, target) }), version: key.properties.version };
    }
    default:
      return target.type satisfies never;
  }
}
