import { createPrivateKey, type KeyObject } from 'node:crypto';
import { bad, type Result } from '../result.ts';
import type { Material } from './material.ts';

/** The key of any PEM kind or PKCS#8 DER; `password` opens an encrypted one. */
export function privateKey(key: Material['key'], password: string | undefined): Result<KeyObject | undefined> {
  if (key === undefined) return { ok: true, value: undefined };
  try {
    const value =
      typeof key === 'string'
        ? createPrivateKey({ key, format: 'pem', ...(password === undefined ? {} : { passphrase: password }) })
        : createPrivateKey({ key: Buffer.from(key), format: 'der', type: 'pkcs8' });
    return { ok: true, value };
  } catch {
    const encrypted = typeof key === 'string' && key.includes('ENCRYPTED');
    return encrypted
      ? bad(
          'the private key is encrypted and the password does not open it',
          'Add `password:` with a reference to its password, or correct it.',
        )
      : bad('the private key cannot be read', 'Store it as PEM: PKCS#8, PKCS#1 or SEC 1.');
  }
}
