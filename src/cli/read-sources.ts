import { TextDecoder } from 'node:util';
import type { Source } from './read-manifests.ts';

export interface ReadFiles {
  readonly readFile: (path: string) => Promise<Uint8Array>;
  readonly readStdin: () => Promise<Uint8Array>;
}

/** Reads files, with `-` for standard input, and lists every one that cannot be read. Bytes survive a round trip. */
export async function readSources(names: readonly string[], files: ReadFiles): Promise<{ sources: Source[]; problems: string[] }> {
  if (names.filter((name) => name === '-').length > 1) return { sources: [], problems: ['standard input (-) can be read only once'] };
  const sources: Source[] = [];
  const problems: string[] = [];
  for (const name of names) {
    const shown = name === '-' ? 'standard input' : name;
    try {
      const bytes = await (name === '-' ? files.readStdin() : files.readFile(name));
      sources.push({ name: shown, text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) });
    } catch (error) {
      problems.push(`${shown}: ${explain(error, name)}`);
    }
  }
  return { sources, problems };
}

function explain(error: unknown, name: string): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  switch (code) {
    case 'EISDIR':
      return `is a directory; name its files, or pipe them in: cat ${name.replace(/\/+$/, '')}/*.yaml | keyfirst inject -f -`;
    case 'ENOENT':
      return 'there is no such file';
    case 'EACCES':
      return 'may not be read; check its permissions';
    case 'ERR_ENCODING_INVALID_ENCODED_DATA':
      return 'is not UTF-8 text';
    default:
      return `cannot be read (${code || 'unknown error'})`;
  }
}
