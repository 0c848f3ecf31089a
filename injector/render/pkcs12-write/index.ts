import { createHash, webcrypto } from 'node:crypto';
import * as asn1js from 'asn1js';
import * as pkijs from 'pkijs';

/** As many rounds as Java's keytool makes: OpenSSL, Java and Windows open it at once. */
const ITERATIONS = 10_000;
const LOCAL_KEY_ID = '1.2.840.113549.1.9.21';
const BAG = { key: '1.2.840.113549.1.12.10.1.2', certificate: '1.2.840.113549.1.12.10.1.3' } as const;

/**
 * A PKCS#12 file of today: key and certificates encrypted by PBES2 (PBKDF2 with HMAC-SHA-256, AES-256-CBC), integrity by
 * HMAC-SHA-256. `key` is PKCS#8 DER, `chain` DER with the leaf first; the password is ASCII.
 */
export async function writePkcs12(key: Uint8Array, chain: readonly Uint8Array[], password: string): Promise<Uint8Array> {
  pkijs.setEngine('node', new pkijs.CryptoEngine({ name: 'node', crypto: webcrypto }));
  const passwordBytes = buffer(Buffer.from(password));
  const encryption = {
    password: passwordBytes,
    contentEncryptionAlgorithm: { name: 'AES-CBC', length: 256 },
    hmacHashAlgorithm: 'SHA-256',
    iterationCount: ITERATIONS,
  };
  // The same id on key and leaf tells a reader which certificate is the key's.
  const id = createHash('sha1')
    .update(chain[0] ?? '')
    .digest();
  const attributes = () => [new pkijs.Attribute({ type: LOCAL_KEY_ID, values: [new asn1js.OctetString({ valueHex: buffer(id) })] })];

  const keyBag = new pkijs.PKCS8ShroudedKeyBag({ parsedValue: pkijs.PrivateKeyInfo.fromBER(buffer(key)) });
  await keyBag.makeInternalValues(encryption);
  // The library writes it in pieces (BER), which not every reader takes.
  keyBag.encryptedData = new asn1js.OctetString({ valueHex: keyBag.encryptedData.getValue() });
  const keys = [new pkijs.SafeBag({ bagId: BAG.key, bagValue: keyBag, bagAttributes: attributes() })];
  const certificates = chain.map(
    (der, index) =>
      new pkijs.SafeBag({
        bagId: BAG.certificate,
        bagValue: new pkijs.CertBag({ parsedValue: pkijs.Certificate.fromBER(buffer(der)) }),
        ...(index === 0 ? { bagAttributes: attributes() } : {}),
      }),
  );
  const authenticatedSafe = new pkijs.AuthenticatedSafe({
    parsedValue: {
      safeContents: [
        // The key is encrypted in its own bag already.
        { privacyMode: 0, value: new pkijs.SafeContents({ safeBags: keys }) },
        { privacyMode: 1, value: new pkijs.SafeContents({ safeBags: certificates }) },
      ],
    },
  });
  await authenticatedSafe.makeInternalValues({ safeContents: [{}, encryption] });
  const file = new pkijs.PFX({ parsedValue: { integrityMode: 0, authenticatedSafe } });
  await file.makeInternalValues({
    password: passwordBytes,
    iterations: ITERATIONS,
    pbkdf2HashAlgorithm: 'SHA-256',
    hmacHashAlgorithm: 'SHA-256',
  });
  return new Uint8Array(file.toSchema().toBER());
}

/** Memory of its own: the library hands whole buffers on. */
function buffer(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
