import { X509Certificate } from 'node:crypto';
import { type FileText, unreadable } from './file-text.ts';

const PEM_BLOCK = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** The certificates of a file, in order; what is wrong with it goes to `problems`. */
export function readChain(from: FileText, problems: string[]): X509Certificate[] {
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
