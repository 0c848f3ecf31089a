import type { RenderedFile } from '../render/render.ts';
import type { FileSystem } from './file-system.ts';

const DATA = '..data';
const NEW_DATA = '..data_tmp';
/** Ours and no one else's: `..2026_11_22_17_03_05.abc123`. */
const TIMESTAMPED = /^\.\.\d{4}_\d\d_\d\d_\d\d_\d\d_\d\d\./;
/** The app may run as another user: folders are open, the files' own modes decide. */
const FOLDER_MODE = 0o755;
const SET_GROUP_ID = 0o2000;

/** A directory's new files, complete but not shown yet. */
export interface Prepared {
  /** Shows them: one rename, all old or all new for every reader. */
  swap(): void;
  /** Brings the names of the first level in line and removes what is old. */
  finish(): void;
  /** Removes what was prepared and is not shown; never throws. */
  undo(): void;
}

/**
 * Makes a directory hold exactly these files, for every reader either all old or all new ones; the layout is the
 * kubelet's for ConfigMaps. May end at any step and be run again, with the same or other files. Throws what the file
 * system throws.
 *
 * 1. A new timestamped folder.
 * 2. The files in it, each with its exact mode whatever the umask.
 * 3. The link `..data_tmp` to it,
 * 4. renamed to `..data`: from here on every reader sees the new files.
 * 5. A link `<name>` → `..data/<name>` for each name of the first level.
 * 6. Links of names that are gone removed.
 * 7. Older timestamped folders removed.
 */
export function writeAtomically(directory: string, files: readonly RenderedFile[], fs: FileSystem, now: Date): void {
  const prepared = prepare(directory, files, fs, now);
  try {
    prepared.swap();
  } catch (error) {
    prepared.undo();
    throw error;
  }
  prepared.finish();
}

/** Steps 1 to 3 of `writeAtomically`; the rest is the caller's to ask for. */
export function prepare(directory: string, files: readonly RenderedFile[], fs: FileSystem, now: Date): Prepared {
  // What an interrupted run left goes first: its room may be needed.
  removeStale(directory, fs);
  const folder = fs.mkdtempSync(`${directory}/..${timestamp(now)}.`); // 1
  let shown = false;
  const undo = () => {
    if (shown) return;
    for (const path of [`${directory}/${NEW_DATA}`, folder]) tidyUp(() => fs.rmSync(path, { recursive: true, force: true }));
  };
  try {
    writeFiles(folder, files, fs); // 2
    fs.symlinkSync(baseName(folder), `${directory}/${NEW_DATA}`); // 3
  } catch (error) {
    undo();
    throw error;
  }
  return {
    undo,
    swap() {
      fs.renameSync(`${directory}/${NEW_DATA}`, `${directory}/${DATA}`); // 4
      shown = true;
    },
    finish: () => finish(directory, files, fs),
  };
}

function finish(directory: string, files: readonly RenderedFile[], fs: FileSystem): void {
  const names = new Set(files.map(({ path }) => firstPart(path)));
  for (const name of names) link(directory, name, fs); // 5
  for (const name of fs.readdirSync(directory)) {
    if (!names.has(name) && isOurLink(directory, name, fs)) fs.unlinkSync(`${directory}/${name}`); // 6
  }
  removeStale(directory, fs); // 7
}

function writeFiles(folder: string, files: readonly RenderedFile[], fs: FileSystem): void {
  openFolder(folder, fs);
  const made = new Set<string>();
  for (const { path, bytes, mode } of files) {
    const parts = path.split('/');
    for (let depth = 1; depth < parts.length; depth++) {
      const parent = parts.slice(0, depth).join('/');
      if (made.has(parent)) continue;
      made.add(parent);
      fs.mkdirSync(`${folder}/${parent}`);
      openFolder(`${folder}/${parent}`, fs);
    }
    // Nobody but us reads it before it has its final mode.
    fs.writeFileSync(`${folder}/${path}`, bytes, { mode: 0o600, flag: 'wx' });
    fs.chmodSync(`${folder}/${path}`, mode);
  }
}

/** Sets the mode and keeps the set-group-id bit: with a pod's `fsGroup` it is what gives new files their group. */
export function openFolder(folder: string, fs: FileSystem): void {
  fs.chmodSync(folder, FOLDER_MODE | ((fs.lstatSync(folder)?.mode ?? 0) & SET_GROUP_ID));
}

function link(directory: string, name: string, fs: FileSystem): void {
  if (isOurLink(directory, name, fs)) return;
  fs.symlinkSync(`${DATA}/${name}`, `${directory}/${name}`);
}

/** Removes `..data_tmp` and every timestamped folder but the one that `..data` shows. */
function removeStale(directory: string, fs: FileSystem): void {
  const current = linkTarget(`${directory}/${DATA}`, fs);
  for (const name of fs.readdirSync(directory)) {
    if (name === NEW_DATA || (TIMESTAMPED.test(name) && name !== current)) {
      fs.rmSync(`${directory}/${name}`, { recursive: true, force: true });
    }
  }
}

function isOurLink(directory: string, name: string, fs: FileSystem): boolean {
  return linkTarget(`${directory}/${name}`, fs) === `${DATA}/${name}`;
}

/** Where a symbolic link points; undefined when there is none. */
function linkTarget(path: string, fs: FileSystem): string | undefined {
  const stat = fs.lstatSync(path, { throwIfNoEntry: false });
  return stat?.isSymbolicLink() === true ? fs.readlinkSync(path) : undefined;
}

function tidyUp(action: () => void): void {
  try {
    action();
  } catch {
    // The failure that led here is the one to report; the next run removes what is left.
  }
}

function timestamp(now: Date): string {
  return now.toISOString().slice(0, 19).replaceAll(/[-T:]/g, '_');
}

function firstPart(path: string): string {
  return path.split('/', 1)[0] ?? path;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
