import { readFile } from 'node:fs/promises';

/** A file's text, or the code (`ENOENT`, …) of why it could not be read. */
export type FileText = { readonly file: string } & ({ readonly text: string } | { readonly failure: string });

/** Reads a file; never rejects. */
export async function readText(file: string): Promise<FileText> {
  try {
    return { file, text: await readFile(file, 'utf8') };
  } catch (error) {
    return { file, failure: error instanceof Error && 'code' in error ? String(error.code) : 'unknown' };
  }
}

export function unreadable(file: string, code: string): string {
  return `${file}: cannot be read (${code}); check the path, the mount and the file's permissions`;
}
