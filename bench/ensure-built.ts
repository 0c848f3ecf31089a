import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { buildPrograms } from '../scripts/build-programs.ts';
import { C_PROGRAMS } from '../scripts/build-wrapper.ts';
import { BIN_FOLDER } from '../scripts/program-image.ts';

const SOURCES = ['{src,injector,scripts}/**/*.{ts,cjs}', 'wrapper/*.{c,h}', 'package-lock.json'];
const BUILT = ['dist/webhook/main.js', 'dist/injector/main.js', ...C_PROGRAMS.map((program) => join('dist/injector', BIN_FOLDER, program))];

/** Builds the programs where they are absent or older than any source. Paths are relative to the project's root. */
export async function ensureBuilt(tell: (line: string) => void): Promise<void> {
  const newest = Math.max(...SOURCES.flatMap((pattern) => globSync(pattern)).map(writtenAt));
  const oldest = Math.min(...BUILT.map(writtenAt));
  if (oldest < newest) await buildPrograms(tell);
}

/** Milliseconds since 1970; 0 where there is no such file. */
function writtenAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
