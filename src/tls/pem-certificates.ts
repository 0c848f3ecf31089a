import { X509Certificate } from 'node:crypto';

const PEM_BLOCK = /^-----BEGIN CERTIFICATE-----[^-]*^-----END CERTIFICATE-----[ \t\r]*$/gm;

/** Every distinct certificate of a text that can be read, in order; the rest of the text is passed over, as Go's parser does. */
export function pemCertificates(text: string): X509Certificate[] {
  const parsed = new Map<string, X509Certificate>();
  for (const [block] of text.matchAll(PEM_BLOCK)) {
    try {
      const certificate = new X509Certificate(block);
      parsed.set(certificate.fingerprint256, certificate);
    } catch {
      // Not a certificate: nobody can trust it.
    }
  }
  return [...parsed.values()];
}

/** The certificates of a `caBundle`: base64 of PEM. */
export function bundleCertificates(bundle: string): X509Certificate[] {
  return pemCertificates(Buffer.from(bundle, 'base64').toString('utf8'));
}
