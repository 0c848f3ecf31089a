import type { RenderedFile } from '../render/render.ts';
import { openFolder, type Prepared, prepare } from './atomic-writer.ts';
import type { FileSystem } from './file-system.ts';

/** Files by the folder below the volume that they go to; the empty name is the volume itself. */
export type Views = ReadonlyMap<string, readonly RenderedFile[]>;

/** A volume by its absolute path. */
export interface Volume {
  readonly directory: string;
  readonly views: Views;
}

const ROOT = '';

/**
 * Sorts rendered files into views; one without views goes to the volume itself. A view whose files were all left out is
 * still made, since a container mounts it. Without any view there is always the volume.
 */
export function groupByView(entries: readonly { file: RenderedFile | undefined; views: readonly string[] | undefined }[]): Views {
  const groups = new Map<string, RenderedFile[]>();
  for (const { file, views } of entries) {
    for (const view of views ?? [ROOT]) {
      const group = groups.get(view) ?? [];
      groups.set(view, group);
      if (file !== undefined) group.push(file);
    }
  }
  return groups.size === 0 ? new Map([[ROOT, []]]) : groups;
}

/**
 * Writes every view of every volume as `writeAtomically` does one: first all are prepared, then all shown, one rename each.
 * What can fail for want of room or rights has failed before anything changes. Throws what the file system throws.
 */
export function writeViews(volumes: readonly Volume[], fs: FileSystem, now: Date): void {
  const prepared: Prepared[] = [];
  try {
    for (const { directory, views } of volumes) {
      for (const [view, files] of views) {
        prepared.push(prepare(view === ROOT ? directory : makeFolder(directory, view, fs), files, fs, now));
      }
    }
    for (const view of prepared) view.swap();
  } catch (error) {
    for (const view of prepared) view.undo();
    throw error;
  }
  for (const view of prepared) view.finish();
}

function makeFolder(volume: string, view: string, fs: FileSystem): string {
  let folder = volume;
  for (const part of view.split('/')) {
    folder = `${folder}/${part}`;
    if (fs.lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) continue;
    fs.mkdirSync(folder);
    openFolder(folder, fs);
  }
  return folder;
}
