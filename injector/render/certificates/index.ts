import type { KeyObject } from 'node:crypto';
import type { JsonObject, SecretValue } from '../../providers/value.ts';
import { bad, type Result } from '../result.ts';
import { orderChain } from './chain.ts';
import { privateKey } from './private-key.ts';
import { readMaterial } from './read-material.ts';

/** What a certificate entry holds: from a map with `certificate`, `chain`, `full-chain`, `private-key`, from PEM text, or from PKCS#12. */
export type CertificateSource = SecretValue | { readonly kind: 'map'; readonly map: JsonObject };

interface Bundle {
  readonly key: KeyObject | undefined;
  /** DER, leaf first. */
  readonly chain: readonly Uint8Array[];
}

/** PEM: the private key (PKCS#8) first where there is one, then the chain from leaf to root. `password` opens what is encrypted. */
export async function toPem(source: CertificateSource, password: string | undefined): Promise<Result<Uint8Array>> {
  const bundle = await readBundle(source, password);
  if (!bundle.ok) return bundle;
  const { key, chain } = bundle.value;
  const keyPem = key?.export({ type: 'pkcs8', format: 'pem' }) ?? '';
  return { ok: true, value: Buffer.from([keyPem, ...chain.map(certificatePem)].join('')) };
}

/** PKCS#12, encrypted with the password; what is stored encrypted is opened with the same one. */
export async function toPkcs12(source: CertificateSource, password: string | undefined): Promise<Result<Uint8Array>> {
  if (password === undefined) return bad('`format: pkcs12` has no password', 'Add `password:` with a reference to it.');
  // The library takes one byte a character for the integrity check; others would open the file with no password at all.
  if (!/^[ -~]+$/.test(password))
    return bad('the password has characters outside ASCII, or none', 'Store one of printable ASCII characters.');
  const bundle = await readBundle(source, password);
  if (!bundle.ok) return bundle;
  const { key, chain } = bundle.value;
  if (key === undefined)
    return bad('the secret holds no private key, which a PKCS#12 file needs', 'Read one with its private key, or write `format: pem`.');
  const { writePkcs12 } = await import('../pkcs12-write/index.ts');
  return { ok: true, value: await writePkcs12(key.export({ type: 'pkcs8', format: 'der' }), chain, password) };
}

async function readBundle(source: CertificateSource, password: string | undefined): Promise<Result<Bundle>> {
  const material = await readMaterial(source, password);
  if (!material.ok) return material;
  const { certificates } = material.value;
  if (certificates.length === 0)
    return bad('the secret holds no certificate', 'Read a certificate: a map with `certificate`, PEM text or PKCS#12.');
  const key = privateKey(material.value.key, password);
  if (!key.ok) return key;
  const chain = orderChain(certificates, key.value);
  return chain.ok ? { ok: true, value: { key: key.value, chain: chain.value } } : chain;
}

function certificatePem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
