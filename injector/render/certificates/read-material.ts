import type { JsonObject } from '../../providers/value.ts';
import { asMap } from '../../providers/value.ts';
import { decodeBase64 } from '../base64.ts';
import { bad, nameList, quoted, type Result } from '../result.ts';
import { containerOf, textOf } from '../text.ts';
import type { CertificateSource } from './index.ts';
import type { Material } from './material.ts';

const CERTIFICATE_KEYS = ['certificate', 'full-chain', 'chain'] as const;
const PEM_BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g;

/** Certificates and key of whatever form the secret has. */
export async function readMaterial(source: CertificateSource, password: string | undefined): Promise<Result<Material>> {
  const map = asMap(containerOf(source));
  if (map !== undefined) return fromMap(map);
  const text = textOf(source);
  if (text?.includes('-----BEGIN ')) return fromPem(text);
  const bytes =
    source.kind === 'bytes' && source.bytes[0] === DER_SEQUENCE ? source.bytes : text === undefined ? undefined : decodeBase64(text);
  if (bytes?.[0] !== DER_SEQUENCE) {
    return bad(
      'the secret is no certificate: neither a map with `certificate`, nor PEM text, nor PKCS#12',
      'Read a certificate, or leave `format` out.',
    );
  }
  const { readPkcs12 } = await import('../pkcs12-read/index.ts');
  return readPkcs12(bytes, password);
}

const DER_SEQUENCE = 0x30;

function fromMap(map: JsonObject): Result<Material> {
  const certificates: Uint8Array[] = [];
  for (const name of CERTIFICATE_KEYS) {
    const value = Object.hasOwn(map, name) ? map[name] : undefined;
    if (value === undefined || value === null || value === '') continue;
    const parts = typeof value === 'string' ? fromPem(value) : undefined;
    if (parts === undefined || !parts.ok || parts.value.certificates.length === 0)
      return bad(`the key ${quoted(name)} holds no certificate in PEM`, 'Store it as PEM text.');
    certificates.push(...parts.value.certificates);
  }
  if (certificates.length === 0) {
    return bad(
      `the map has no key \`certificate\`; it has ${nameList(Object.keys(map))}`,
      'Name the parts `certificate`, `chain` or `full-chain`, and `private-key`.',
    );
  }
  const key = Object.hasOwn(map, 'private-key') ? map['private-key'] : undefined;
  if (key === undefined || key === null || key === '') return { ok: true, value: { certificates, key: undefined } };
  if (typeof key !== 'string') return bad('the key `private-key` is no text', 'Store it as PEM text.');
  return { ok: true, value: { certificates, key } };
}

function fromPem(text: string): Result<Material> {
  const certificates: Uint8Array[] = [];
  const keys: string[] = [];
  for (const [block, label = ''] of text.matchAll(PEM_BLOCK)) {
    if (/^(X509 |TRUSTED )?CERTIFICATE$/.test(label)) {
      const der = decodeBase64(block.replaceAll(/-----[^-]+-----/g, ''));
      if (der === undefined) return bad('one of the PEM certificates cannot be read', 'Store it again.');
      certificates.push(der);
    } else if (label.endsWith('PRIVATE KEY')) keys.push(block);
  }
  if (keys.length > 1) return bad('the PEM text holds more than one private key', 'Keep the one of the certificate.');
  return { ok: true, value: { certificates, key: keys[0] } };
}
