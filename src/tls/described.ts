import type { X509Certificate } from 'node:crypto';

/** Subject or issuer on one line; empty for a name without parts, where Node has nothing at all, whatever its types say. */
export function nameOf(certificate: X509Certificate, whose: 'subject' | 'issuer'): string {
  const name: string | undefined = certificate[whose];
  return (name ?? '').replaceAll('\n', ', ');
}

/** From when to when a certificate is valid, for messages; whoever made it may have written nonsense for a date. */
export function validityOf({ validFromDate, validToDate }: X509Certificate): string {
  const text = (date: Date) => (Number.isNaN(date.getTime()) ? 'no date' : date.toISOString());
  return `from ${text(validFromDate)} to ${text(validToDate)}`;
}
