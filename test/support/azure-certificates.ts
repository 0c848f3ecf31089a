import { X509Certificate } from 'node:crypto';
import forge from 'node-forge';

/** A certificate as Key Vault keeps it. */
export interface CertificateFixture {
  /** The leaf's DER. */
  readonly cer: Buffer;
  /** Leaf, issuer, root as PEM, in this order. */
  readonly chain: readonly string[];
  /** Base64 of PKCS#12 without a password; root before issuer. */
  readonly pkcs12: string;
  /** PKCS#8 key, then the certificates as PEM; root before issuer. */
  readonly pem: string;
}

/** An RSA leaf, its issuer and a root, fresh each time; PKCS#12 in the old form (3DES) that Key Vault writes. */
export function rsaCertificate(): CertificateFixture {
  const root = issue('Test Root', undefined);
  const issuer = issue('Test Issuer', root);
  const leaf = issue('shop.example.com', issuer, false);
  const p12 = forge.pkcs12.toPkcs12Asn1(leaf.keys.privateKey, [leaf.certificate, root.certificate, issuer.certificate], '', {
    algorithm: '3des',
  });
  const pem = (one: Issued) => new X509Certificate(forge.pki.certificateToPem(one.certificate)).toString();
  const key = forge.pki.privateKeyInfoToPem(forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(leaf.keys.privateKey)));
  return {
    cer: new X509Certificate(pem(leaf)).raw,
    chain: [leaf, issuer, root].map(pem),
    pkcs12: Buffer.from(forge.asn1.toDer(p12).getBytes(), 'latin1').toString('base64'),
    pem: [key, ...[leaf, root, issuer].map(pem)].join(''),
  };
}

interface Issued {
  readonly certificate: forge.pki.Certificate;
  readonly keys: forge.pki.rsa.KeyPair;
}

function issue(name: string, by: Issued | undefined, ca = true): Issued {
  const keys = forge.pki.rsa.generateKeyPair(2048);
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = keys.publicKey;
  certificate.serialNumber = `01${Buffer.from(name).toString('hex').slice(0, 16)}`;
  certificate.validity.notBefore = new Date(Date.now() - 60_000);
  certificate.validity.notAfter = new Date(Date.now() + 86_400_000);
  const subject = [{ name: 'commonName', value: name }];
  certificate.setSubject(subject);
  certificate.setIssuer(by?.certificate.subject.attributes ?? subject);
  certificate.setExtensions([{ name: 'basicConstraints', cA: ca }]);
  certificate.sign(by?.keys.privateKey ?? keys.privateKey, forge.md.sha256.create());
  return { certificate, keys };
}

/** A P-256 leaf, its issuer and the root as OpenSSL 3 writes them (PBES2 with AES-256, MAC by SHA-256, no password); the root stands before the issuer. */
export const EC_PKCS12 = [
  'MIIHLAIBAzCCBuIGCSqGSIb3DQEHAaCCBtMEggbPMIIGyzCCBYIGCSqGSIb3DQEHBqCCBXMwggVvAgEAMIIFaAYJKoZIhvcNAQcB',
  'MFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjoHU509YI8wwICCAAwDAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEBAP',
  'C+qL8nMrOVw0g7obJOqAggUA6BaBQJrgfythGV8PD24/0iOfTZQA+ayG8JFJsKukhyMfhPEVIm+Yx15/zsF7st7c1VybqDy+ObDS',
  'OfJgHgmMjwbg5Lu+cy+AogqcxjPBeRWihiUnZkcaHxgR7g1YNAKfzMa/r5fWP2oV+OkFVyaroR1dD1y44hNEcT1eRZ5yNcucLF4Z',
  'KVj2uCdO+O2jPP0yjUpdEHc1Q8IP+uE0rw5eUTmMBc3eaKNZ3ega3ZkJmtpclEi7uDcI1U1iuF/D5q6LPIy1sMja5qqJ5gid0kbP',
  '08hbLHd9pnWdxn4lFXvhcBEaSJK3OHDlQ4ne3xVhXolQjb0xwHTHvWTLjGptP9V+iwCRTKCn0HLcFurNke9UOwSld0FYYWv+atzq',
  '+HWp9QXbRzU+sHlAVUub53gQhEMIijdBZTLSkjY3A7b/Ba6maqnem95nyja9B/HiPUWWbWGmSJkk74JxnhUduyH9dJCzHHfTgUj1',
  'lrSqfgB4aID7mPjvaMOTWbNjHHhOMo7r4YeeRRw5g0LFrvn7kH/ACuJr1ipSC7gBrIG+qFQr28KO1dLxVXl2Qj+mfyYetAQMHe5f',
  'E9SZZsa2tbpUvjOUXBcE2PN6d0hNh39AlFvNnRPsR4bkXb6qrEpEs8rpJGAJad8WmMOKgiL/7OEXu3ptLV0+nmxOdKSRDw3OZaNr',
  'QsipG4BQvcr/2oJC8UiU83Zn/LVSIOknYzjekQkicxscFZ8GiJ93yLEmCxe/f7J+hPUTJfmBunbLCNxIsnXq4+d0WZU5DKFRoFyQ',
  'X3K5Y1EOj88sFOzxuDVm6zLI3Q8D7kpo7vXFNPuIyoPGOg/dAg9uOunyAz9hBm0t0msjwM+3G808/JnBvwQRZjZOQ624Ma3M/Ipl',
  'iBoayfeJ8fD3ZMIIxSd22CZs+qgMR5O7ah1xsA+ijmiXNplqv/vQtRsgS6syiGUFA6VfvYJ1GTjtXgL1ktmZw4K7xJb0ve6+Dlyg',
  'wjTwyldrr7K3vNwrqvSIykDMZ8Y8qIDcxNeFCNJX3t7AoVubrSPwMvh6zQYaXP27FDGSdi8fmP96N63X6mOYNOWVwYV8yGCQ7E/W',
  'OKLPwHtpaZmjQSa6fYI7g8RVa3Sa0XGE+CHtlgt8e1zUdRg+xqKvwtR1SJ6MlErLYssbt105Bt9F1LNQxRmTHzx+DO/rOLuZmHs1',
  's9abN+9F5ZfRTSLk2E5VzFMuNtAnN70w1QOpLywHISRou4hxVr+svrTIRtRsm2vCSmGWm7Zycvh1MChWzHrk0jGNQsX6fvYTPNc3',
  'dxqB/380ZZtecVpsrwycgCMxOCMmSYgIaf3aZrL8pRDCDZm8+r9Os7YWlatmx32LNy5Z4844y68Xd0F5uxhkfhtXWrwrIPqDf9GB',
  '/6cvMf4XA4bNmV77Xx/mYtjxEB8JozQABcCVxbvhMX9LZDvYuse/zfuDFWgbqkAjbSlWsEbWfy3HKhTAcyj8TCA644l0sWkJEvyA',
  '91g8EeuczcIS8Y+qq8VKILWzAungzNl+KK8c/Zkr27VIOI8c7YWBQ+xD8zQKxgY9YU4ymjohKsddRlXO/jkXh9bc/TKVOxSQgq9A',
  'dzMruGdjOIvCKp2+P+Bi14mr47FK0VjgJVK1hbUSfB8q835zWfSdjWsW6UdAjfwv5wyjevlTc+lde33mlj/I06pmY0v0K5nMVTEf',
  '0hoAN+QHZ6QSAp0EG8g2BKtaxgVIq3MwggFBBgkqhkiG9w0BBwGgggEyBIIBLjCCASowggEmBgsqhkiG9w0BDAoBAqCB7zCB7DBX',
  'BgkqhkiG9w0BBQ0wSjApBgkqhkiG9w0BBQwwHAQISeDn4cT7tWUCAggAMAwGCCqGSIb3DQIJBQAwHQYJYIZIAWUDBAEqBBBpazxt',
  'qmcWIdAKJO2xLISdBIGQ2yXhwM4HO1NgJSmJZ8HtFXZXfTv1imz3a8LYKEr8KYTf38TD/iK8cOhLIAt0EyJRVDFdchTpAcYEdnbQ',
  '2H67Tga9SdypjblU8t1e0/d/O7WWZVnVHLQUaZdeUNPPpGVuDwhrio6onjEwojRRTtqzNyHsLKyqy9Fg5ip3AOERfO/Q+zFl9zr8',
  'OBUzl+WeqAK9MSUwIwYJKoZIhvcNAQkVMRYEFLrmjYoi/e9OSONs7uMCiIXutPzlMEEwMTANBglghkgBZQMEAgEFAAQg0L8AzUR3',
  'zbKUb+FX8JnNiRejZmbjnb4dTrkigNoDmDMECKzcbrztpK2dAgIIAA==',
].join('');
