import { X509Certificate } from 'node:crypto';
import type { KeyVaultSecret } from '@azure/keyvault-secrets';
import { orderChain } from '../../../render/certificates/chain.ts';
import { privateKey } from '../../../render/certificates/private-key.ts';
import { readMaterial } from '../../../render/certificates/read-material.ts';
import { ProviderError } from '../../provider-error.ts';
import type { SecretValue } from '../../value.ts';
import type { Target } from '../target.ts';

/**
 * A certificate as the map `certificate`, `chain`, `full-chain` and `private-key` (PKCS#8), all PEM, from the certificate and
 * the secret of the same version. Without `private-key` when its policy forbids export.
 */
export async function certificateValue(
  { cer, exportable }: { readonly cer: Uint8Array | undefined; readonly exportable: boolean },
  secret: Pick<KeyVaultSecret, 'value'>,
  target: Target,
): Promise<SecretValue> {
  if (cer === undefined || secret.value === undefined) {
    throw new ProviderError('not-found', `${target.text} is not issued yet`, {
      remedy: `Complete it; \`az keyvault certificate pending show --vault-name ${target.vault} --name ${target.name}\` tells how far it is.`,
    });
  }
  // PEM, or base64 of PKCS#12, as the certificate's policy says.
  const material = await readMaterial({ kind: 'text', text: secret.value }, undefined);
  if (!material.ok) throw unreadable(target);
  const key = privateKey(material.value.key, undefined);
  if (!key.ok) throw unreadable(target);
  const ordered = orderChain([cer, ...material.value.certificates], key.value);
  if (!ordered.ok) throw unreadable(target);
  const [leaf = '', ...chain] = ordered.value.map((der) => new X509Certificate(der).toString());
  if (leaf !== new X509Certificate(cer).toString() || (key.value === undefined && exportable)) throw unreadable(target);
  return {
    kind: 'map',
    map: {
      certificate: leaf,
      chain: chain.join(''),
      'full-chain': leaf + chain.join(''),
      ...(key.value === undefined ? {} : { 'private-key': key.value.export({ type: 'pkcs8', format: 'pem' }).toString() }),
    },
  };
}

function unreadable(target: Target): ProviderError {
  return new ProviderError('protocol', `the secret of ${target.text} does not hold this certificate with its private key`, {
    remedy: 'Read it with `type=secret` to get what is stored, or import the certificate again as PKCS#12 or PEM.',
  });
}
