import forge from 'node-forge';
import type { Material } from '../certificates/material.ts';
import { bad, type Result } from '../result.ts';

const KEY_BAGS = [forge.pki.oids.pkcs8ShroudedKeyBag, forge.pki.oids.keyBag];

/**
 * Certificates and the private key of a PKCS#12 file, also of the old kinds (RC2, 3DES) that OpenSSL 3 and WebCrypto do
 * not open any more. Tried without a password first, as Key Vault hands them out, then with the given one.
 */
export function readPkcs12(bytes: Uint8Array, password: string | undefined): Result<Material> {
  let asn1: forge.asn1.Asn1;
  try {
    asn1 = forge.asn1.fromDer(Buffer.from(bytes).toString('binary'));
  } catch {
    return bad('the bytes are no PKCS#12 file', 'Read a certificate, or leave `format` out.');
  }
  // Files without a password exist in two forms: an empty one, and none at all.
  const opened = open(asn1, '') ?? open(asn1, undefined) ?? (password === undefined ? undefined : open(asn1, password));
  if (opened === undefined) {
    return password === undefined
      ? bad('the PKCS#12 file cannot be opened without a password', 'Add `password:` with a reference to its password.')
      : bad('the PKCS#12 file cannot be opened with the password', 'Correct the reference under `password:`.');
  }
  const certificates = bags(opened, [forge.pki.oids.certBag]).map((bag) =>
    der(bag.cert === undefined || bag.cert === null ? bag.asn1 : forge.pki.certificateToAsn1(bag.cert)),
  );
  const keys = bags(opened, KEY_BAGS).map((bag) =>
    bag.key === undefined || bag.key === null ? bag.asn1 : forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(bag.key)),
  );
  if (keys.length > 1) return bad('the PKCS#12 file holds more than one private key', 'Store one certificate with its key.');
  const [key] = keys;
  return { ok: true, value: { certificates, key: key === undefined ? undefined : der(key) } };
}

function open(asn1: forge.asn1.Asn1, password: string | undefined): forge.pkcs12.Pkcs12Pfx | undefined {
  try {
    return forge.pkcs12.pkcs12FromAsn1(asn1, false, password);
  } catch {
    return undefined;
  }
}

function bags(file: forge.pkcs12.Pkcs12Pfx, types: readonly (string | undefined)[]): forge.pkcs12.Bag[] {
  return file.safeContents.flatMap(({ safeBags }) => safeBags.filter(({ type }) => types.includes(type)));
}

function der(asn1: forge.asn1.Asn1): Uint8Array {
  return Buffer.from(forge.asn1.toDer(asn1).getBytes(), 'binary');
}
