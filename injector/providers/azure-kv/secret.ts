import type { KeyVaultSecret } from '@azure/keyvault-secrets';
import { ProviderError } from '../provider-error.ts';
import type { SecretValue } from '../value.ts';
import type { Target } from './target.ts';

/** Content type of a certificate's secret in binary form: the value is base64. */
const PKCS12 = 'application/x-pkcs12';

/** A secret's text as it is stored; that of a certificate in PKCS#12 form as its bytes. Throws when there is no value. */
export function secretValue({ value, properties }: KeyVaultSecret, target: Target): SecretValue {
  if (value === undefined) {
    throw new ProviderError('protocol', `the answer holds no value for ${target.text}`, {
      remedy: 'Check the setting `endpoint`: it must be the base URL of the vault.',
    });
  }
  if (properties.contentType !== PKCS12) return { kind: 'text', text: value };
  const bytes = fromBase64(value);
  // Anybody may give a secret of their own this content type.
  return bytes === undefined ? { kind: 'text', text: value } : { kind: 'bytes', bytes };
}

/** Undefined unless the text is base64 throughout. */
function fromBase64(text: string): Uint8Array | undefined {
  const compact = text.replaceAll(/\s/g, '');
  const bytes = Buffer.from(compact, 'base64');
  return bytes.length > 0 && bytes.toString('base64').replace(/=+$/, '') === compact.replace(/=+$/, '') ? new Uint8Array(bytes) : undefined;
}
