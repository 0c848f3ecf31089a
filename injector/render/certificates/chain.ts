import { type KeyObject, X509Certificate } from 'node:crypto';
import { bad, type Result } from '../result.ts';

/**
 * The certificates from leaf to root, without repeats; those that belong to no step of the chain stay, at the end. The
 * leaf is the one of the private key; without a key the one that signed none of the others.
 */
export function orderChain(certificates: readonly Uint8Array[], key: KeyObject | undefined): Result<readonly Uint8Array[]> {
  const all = new Map<string, X509Certificate>();
  for (const der of certificates) {
    try {
      const certificate = new X509Certificate(der);
      all.set(certificate.fingerprint256, certificate);
    } catch {
      return bad('one of the certificates cannot be read', 'Store certificates as PEM.');
    }
  }
  const rest = new Set(all.values());
  const leaf =
    key === undefined
      ? ([...rest].find((one) => ![...rest].some((other) => issued(one, other))) ?? rest.values().next().value)
      : [...rest].find((one) => one.checkPrivateKey(key));
  if (leaf === undefined)
    return bad('the private key belongs to none of the certificates', 'Read certificate and key of the same version of one secret.');
  const chain: X509Certificate[] = [];
  for (let next: X509Certificate | undefined = leaf; next !== undefined; ) {
    const current: X509Certificate = next;
    chain.push(current);
    rest.delete(current);
    next = [...rest].find((other) => issued(other, current));
  }
  return { ok: true, value: [...chain, ...rest].map(({ raw }) => raw) };
}

/** Whether the first signed the second; two of one name are told apart by the signature. */
function issued(issuer: X509Certificate, subject: X509Certificate): boolean {
  return issuer !== subject && subject.checkIssued(issuer) && subject.verify(issuer.publicKey);
}
