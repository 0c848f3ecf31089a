import { generate } from 'selfsigned';
import { beforeAll, describe, expect, it } from 'vitest';
import { issueCertificate } from '../../../../src/tls/authority.ts';
import { checkCertificateFiles } from '../../../../src/tls/certificate-files.ts';
import type { FileText } from '../../../../src/tls/file-text.ts';

const NOW = new Date('2030-06-01T12:00:00Z');
const issue = () => issueCertificate({ podName: 'p', service: 's', namespace: 'n', now: NOW, lifetime: 86_400_000 });

let one: Awaited<ReturnType<typeof issue>>;
let two: typeof one;
let rsa: Awaited<ReturnType<typeof generate>>;
let encrypted: string;

beforeAll(async () => {
  [one, two] = await Promise.all([issue(), issue()]);
  const times = { notBeforeDate: new Date('2030-01-01'), notAfterDate: new Date('2031-01-01') };
  rsa = await generate([{ name: 'commonName', value: 'x' }], { algorithm: 'sha256', ...times });
  encrypted = (await generate([{ name: 'commonName', value: 'x' }], { keyType: 'ec', algorithm: 'sha256', passphrase: 'secret words' }))
    .private;
});

const certificate = (text: string): FileText => ({ file: '/tls/tls.crt', text });
const key = (text: string): FileText => ({ file: '/tls/tls.key', text });
const problems = (certificateFile: FileText, keyFile: FileText, now = NOW) => {
  const result = checkCertificateFiles(certificateFile, keyFile, now);
  return result.ok ? [] : result.problems;
};

describe('checkCertificateFiles', () => {
  it('takes a certificate with its chain and its key', () => {
    const text = one.certificate + one.ca;

    expect(checkCertificateFiles(certificate(text), key(one.key), NOW)).toEqual({
      ok: true,
      certificate: { certificate: text, key: one.key, notAfter: one.notAfter },
    });
  });

  it('takes RSA as well', () => {
    expect(problems(certificate(rsa.cert), key(rsa.private))).toEqual([]);
  });

  it.each<[string, () => readonly string[], readonly string[]]>([
    [
      'both files missing',
      () => problems({ file: '/a', failure: 'ENOENT' }, { file: '/b', failure: 'EACCES' }),
      [
        "/a: cannot be read (ENOENT); check the path, the mount and the file's permissions",
        "/b: cannot be read (EACCES); check the path, the mount and the file's permissions",
      ],
    ],
    [
      'files swapped',
      () => problems(certificate(one.key), key(one.certificate)),
      [
        '/tls/tls.crt: holds no certificate; expected PEM text that begins with -----BEGIN CERTIFICATE-----',
        '/tls/tls.key: holds no private key; expected PEM text that begins with -----BEGIN PRIVATE KEY-----',
      ],
    ],
    [
      'key of another certificate',
      () => problems(certificate(one.certificate), key(two.key)),
      ['/tls/tls.key: is not the key of the certificate in /tls/tls.crt; give the two that were made together'],
    ],
    [
      'chain before the leaf',
      () => problems(certificate(one.ca + one.certificate), key(one.key)),
      ["/tls/tls.crt: the server's own certificate must be the first in the file, its chain after it"],
    ],
    [
      'a broken certificate in the chain',
      () => problems(certificate(`${one.certificate}-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n`), key(one.key)),
      ['/tls/tls.crt: certificate 2 of 2 cannot be parsed; write the file anew'],
    ],
    [
      'expired, and the wrong key',
      () => problems(certificate(one.certificate), key(two.key), new Date('2030-06-02T13:00:00Z')),
      [
        '/tls/tls.crt: expired on 2030-06-02T13:00:00.000Z; renew it',
        '/tls/tls.key: is not the key of the certificate in /tls/tls.crt; give the two that were made together',
      ],
    ],
    [
      'not valid yet',
      () => problems(certificate(one.certificate), key(one.key), new Date('2030-06-01T09:59:59Z')),
      ["/tls/tls.crt: is valid only from 2030-06-01T11:00:00.000Z; check this machine's clock"],
    ],
    [
      'an encrypted key',
      () => problems(certificate(one.certificate), key(encrypted)),
      ['/tls/tls.key: the key is encrypted; give it without a passphrase'],
    ],
  ])('%s', (_what, found, expected) => {
    expect(found()).toEqual(expected);
  });
});
