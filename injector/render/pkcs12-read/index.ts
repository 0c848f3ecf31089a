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
  let tooMuch: boolean;
  try {
    asn1 = forge.asn1.fromDer(Buffer.from(bytes).toString('binary'));
    tooMuch = asksForTooMuch(asn1);
  } catch {
    return bad('the bytes are no PKCS#12 file', 'Read a certificate, or leave `format` out.');
  }
  if (tooMuch) return bad(`the PKCS#12 file asks for more than ${MOST_ROUNDS} rounds of key derivation`, 'Store it again with fewer.');
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

/** Java and OpenSSL take 2,048 to 10,000; a million would take minutes, in which not even the deadline ends anything. */
const MOST_ROUNDS = 100_000;

/** Rounds stand right behind their salt, in the file itself or in what its byte strings hold. Throws where the nesting is too deep. */
function asksForTooMuch({ type, value }: forge.asn1.Asn1): boolean {
  const { OCTETSTRING, INTEGER } = forge.asn1.Type;
  if (!Array.isArray(value)) {
    const inner = type === OCTETSTRING && value.startsWith('\x30') ? parsed(value) : undefined;
    return inner !== undefined && asksForTooMuch(inner);
  }
  return value.some(
    (part, index) => asksForTooMuch(part) || (part.type === INTEGER && value[index - 1]?.type === OCTETSTRING && isLarge(part.value)),
  );
}

function parsed(text: string): forge.asn1.Asn1 | undefined {
  try {
    return forge.asn1.fromDer(text);
  } catch {
    return undefined;
  }
}

function isLarge(bytes: unknown): boolean {
  if (typeof bytes !== 'string') return false;
  return Number.parseInt(forge.util.bytesToHex(bytes), 16) > MOST_ROUNDS;
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
