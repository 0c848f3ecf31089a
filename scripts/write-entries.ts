import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { LayerEntry } from './oci.ts';

/** Writes a layer's entries below a folder, with the modes that they have in the image whatever the umask is. */
export async function writeEntries(root: string, entries: readonly LayerEntry[]): Promise<void> {
  for (const entry of entries) {
    const path = join(root, entry.path);
    await mkdirs(root, dirname(path));
    if ('directory' in entry) {
      await mkdir(path, { recursive: true });
      await chmod(path, entry.mode ?? 0o755);
    } else if ('link' in entry) {
      await symlink(entry.link, path);
    } else {
      await writeFile(path, entry.content);
      await chmod(path, entry.mode ?? 0o644);
    }
  }
}

/** The folder and its parents up to the root, each open to every user. */
async function mkdirs(root: string, folder: string): Promise<void> {
  if (folder.length > root.length) await mkdirs(root, dirname(folder));
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o755);
}
