import { generate } from 'selfsigned';
import type { CertificateSource, ServingCertificate } from '../../src/tls/source.ts';

/** A self-signed certificate for 127.0.0.1 and localhost; clients trust it as its own CA. */
export async function localCertificate(): Promise<ServingCertificate> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  return { certificate: cert, key, notAfter: new Date(Date.now() + 86_400_000) };
}

/** A source that has its certificate at once; the test says when it is ready and when it renews. */
export function fixedSource(
  first: ServingCertificate,
): CertificateSource & { reason: string | undefined; renew(next: ServingCertificate): void } {
  let changed: (certificate: ServingCertificate) => void = () => undefined;
  return {
    reason: undefined,
    async start(onChange) {
      changed = onChange;
      return first;
    },
    notReady() {
      return this.reason;
    },
    async stop() {},
    renew: (next) => changed(next),
  };
}
