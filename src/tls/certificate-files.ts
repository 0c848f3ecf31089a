import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { ServingCertificate } from './source.ts';

/** A file's text, or the code (`ENOENT`, …) of why it could not be read. */
export type FileText = { readonly file: string } & ({ readonly text: string } | { readonly failure: string });

export type CertificateFilesResult =
  | { readonly ok: true; readonly certificate: ServingCertificate }
  | { readonly ok: false; readonly problems: readonly string[] };

/** The clock of who made the certificate may be ahead of ours, and the API server's is the one that counts. */
const SKEW = 3_600_000;

const PEM_BLOCK = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

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

function readChain(from: FileText, problems: string[]): X509Certificate[] {
  if ('failure' in from) {
    problems.push(unreadable(from.file, from.failure));
    return [];
  }
  const blocks = from.text.match(PEM_BLOCK) ?? [];
  if (blocks.length === 0)
    problems.push(`${from.file}: holds no certificate; expected PEM text that begins with -----BEGIN CERTIFICATE-----`);
  return blocks.flatMap((block, index) => {
    try {
      return [new X509Certificate(block)];
    } catch {
      problems.push(`${from.file}: certificate ${index + 1} of ${blocks.length} cannot be parsed; write the file anew`);
      return [];
    }
  });
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

function unreadable(file: string, code: string): string {
  return `${file}: cannot be read (${code}); check the path, the mount and the file's permissions`;
}
