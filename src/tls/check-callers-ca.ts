import type { X509Certificate } from 'node:crypto';
import { nameOf } from './described.ts';
import type { FileText } from './file-text.ts';
import { readChain } from './read-chain.ts';

export type CallersCaResult =
  | { readonly ok: true; readonly authorities: readonly X509Certificate[] }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Checks a file of CA certificates by which callers are judged, and lists every problem. Never quotes a key. */
export function checkCallersCa(from: FileText, now: Date): CallersCaResult {
  const problems: string[] = [];
  if ('text' in from && /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(from.text))
    problems.push(`${from.file}: holds a private key, which must not be there; give only certificates`);
  const found = readChain(from, problems);
  for (const certificate of found) {
    const about = `${from.file}: ${nameOf(certificate, 'subject') || 'a certificate without a name'}`;
    if (!certificate.ca) problems.push(`${about} is no CA; give the certificate of whoever signed the API server's client certificate`);
    else if (!found.some((ca) => certificate.checkIssued(ca) && certificate.verify(ca.publicKey)))
      problems.push(`${about} is signed by another CA; put that one into the file too, up to the root`);
  }
  if (problems.length === 0 && found.every((certificate) => !inTime(certificate, now)))
    problems.push(`${from.file}: no certificate in it is valid now (${now.toISOString()}); renew it, or check this machine's clock`);
  return problems.length > 0 ? { ok: false, problems } : { ok: true, authorities: found };
}

function inTime({ validFromDate, validToDate }: X509Certificate, now: Date): boolean {
  return now >= validFromDate && now < validToDate;
}
