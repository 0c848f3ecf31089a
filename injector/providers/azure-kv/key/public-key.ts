import { createPublicKey } from 'node:crypto';
import type { KeyVaultKey } from '@azure/keyvault-keys';
import { ProviderError } from '../../provider-error.ts';
import type { Target } from '../target.ts';

/** Curves by Key Vault's name, where Node has another. */
const CURVES: Readonly<Record<string, string>> = { 'P-256K': 'secp256k1' };

/** The public part of a key as PEM (SubjectPublicKeyInfo); the private part never leaves Key Vault. */
export function publicKeyPem({ key }: { readonly key?: KeyVaultKey['key'] | null }, target: Target): string {
  const { kty, n, e, crv, x, y } = key ?? {};
  const jwk =
    kty === 'RSA' || kty === 'RSA-HSM'
      ? { kty: 'RSA', n: text(n), e: text(e) }
      : kty === 'EC' || kty === 'EC-HSM'
        ? { kty: 'EC', crv: typeof crv === 'string' ? (CURVES[crv] ?? crv) : '', x: text(x), y: text(y) }
        : undefined;
  if (jwk === undefined) {
    throw new ProviderError('invalid', `${target.text} has no public part (its type is ${typeof kty === 'string' ? kty : 'unknown'})`, {
      remedy: 'Name an RSA or EC key; Key Vault never gives out the private or symmetric part of one.',
    });
  }
  try {
    return createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString();
  } catch (cause) {
    throw new ProviderError('protocol', `the answer for ${target.text} is no valid key`, {
      cause,
      remedy: 'Look at the key in the Azure portal.',
    });
  }
}

function text(bytes: unknown): string {
  return bytes instanceof Uint8Array ? Buffer.from(bytes).toString('base64url') : '';
}
