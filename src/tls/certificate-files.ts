import { createPrivateKey, type KeyObject } from 'node:crypto';
import { type FileText, unreadable } from './file-text.ts';
import { readChain } from './read-chain.ts';
import type { ServingCertificate } from './source.ts';

export type CertificateFilesResult =
  | { readonly ok: true; readonly certificate: ServingCertificate }
  | { readonly ok: false; readonly problems: readonly string[] };

/** The clock of who made the certificate may be ahead of ours, and the API server's is the one that counts. */
const SKEW = 3_600_000;

/** Checks a certificate file and a key file alone and together, and lists every problem with its file. Never quotes their content. */
export function checkCertificateFiles(certificateFile: FileText, keyFile: FileText, now: Date): CertificateFilesResult {
  const problems: string[] = [];
  const chain = readChain(certificateFile, problems);
  const key = readKey(keyFile, problems);
  const [leaf] = chain;
  if (leaf !== undefined) {
    if (now >= leaf.validToDate) problems.push(`${certificateFile.file}: expired on ${leaf.validToDate.toISOString()}; renew it`);
    if (now.getTime() + SKEW < leaf.validFromDate.getTime())
      problems.push(`${certificateFile.file}: is valid only from ${leaf.validFromDate.toISOString()}; check this machine's clock`);
  }
  if (leaf !== undefined && key !== undefined && !leaf.checkPrivateKey(key)) {
    problems.push(
      chain.some((certificate) => certificate.checkPrivateKey(key))
        ? `${certificateFile.file}: the server's own certificate must be the first in the file, its chain after it`
        : `${keyFile.file}: is not the key of the certificate in ${certificateFile.file}; give the two that were made together`,
    );
  }
  if (problems.length > 0 || leaf === undefined || !('text' in certificateFile) || !('text' in keyFile)) return { ok: false, problems };
  return { ok: true, certificate: { certificate: certificateFile.text, key: keyFile.text, notAfter: leaf.validToDate } };
}

function readKey(from: FileText, problems: string[]): KeyObject | undefined {
  if ('failure' in from) {
    problems.push(unreadable(from.file, from.failure));
    return undefined;
  }
  try {
    return createPrivateKey(from.text);
  } catch {
    problems.push(
      /ENCRYPTED/.test(from.text)
        ? `${from.file}: the key is encrypted; give it without a passphrase`
        : `${from.file}: holds no private key; expected PEM text that begins with -----BEGIN PRIVATE KEY-----`,
    );
    return undefined;
  }
}
