import { readdir, readFile, stat } from 'node:fs/promises';
import { join, posix, relative, sep } from 'node:path';
import type { LayerEntry } from './oci.ts';
import { APP_DIRECTORY } from './program-image.ts';

/**
 * Every file that the build wrote into a program's folder, as they go into its image. Of their modes only counts whether
 * a file can be run: the rest is the umask of whoever built it.
 */
export async function appEntries(folder: string): Promise<LayerEntry[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = found.filter((entry) => !entry.isDirectory()).map(({ parentPath, name }) => join(parentPath, name));
  return Promise.all(
    files.map(async (file) => ({
      path: posix.join(APP_DIRECTORY, ...relative(folder, file).split(sep)),
      content: await readFile(file),
      mode: (await stat(file)).mode & 0o100 ? 0o555 : 0o644,
    })),
  );
}
