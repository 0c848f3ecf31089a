import { hasControlCharacter } from './control-character.ts';

/** Longest name of one part of a path on Linux file systems, in bytes. */
const MAX_PART_BYTES = 255;
/** Linux takes paths of 4,096 bytes; the mount path and the writer's own folder go before ours. */
const MAX_PATH_BYTES = 1024;
const MAX_PARTS = 32;

/**
 * What is wrong with a path below the secrets volume; undefined when nothing is.
 * Names that begin with `..` belong to the atomic writer (`..data`, `..2026-…`).
 */
export function filePathProblem(path: string): string | undefined {
  if (path === '') return 'the file has no name';
  if (path.startsWith('/')) return 'the file name must be relative to the mount path, without a leading `/`';
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) return `the file name is longer than ${MAX_PATH_BYTES} bytes`;
  if (path.split('/').length > MAX_PARTS) return `the file name has more than ${MAX_PARTS} parts`;
  for (const part of path.split('/')) {
    if (part === '') return 'the file name has an empty part (`//` or a trailing `/`)';
    if (part === '.' || part.startsWith('..')) return 'no part of the file name may be `.` or begin with `..`';
    if (Buffer.byteLength(part) > MAX_PART_BYTES) return `a part of the file name is longer than ${MAX_PART_BYTES} bytes`;
    if (part.includes('\\') || hasControlCharacter(part)) return 'the file name has a control character or a backslash';
    // On disk such names are one.
    if (!part.isWellFormed()) return 'the file name is not valid Unicode';
  }
  return undefined;
}

/** A path that cannot be beside an earlier or later one; both by their place in the list. */
export interface FilePathClash {
  readonly index: number;
  /** Of the first that asks for the same path, or that makes a file of a folder on its way. */
  readonly other: number;
  readonly kind: 'same' | 'folder';
}

/** Every path of the list that clashes, in order: it occurs before, or one of its folders is a file of the list. */
export function filePathClashes(paths: readonly string[]): FilePathClash[] {
  const first = new Map<string, number>();
  for (const [index, path] of paths.entries()) if (!first.has(path)) first.set(path, index);
  return paths.flatMap((path, index): FilePathClash[] => {
    const same = first.get(path) ?? index;
    if (same !== index) return [{ index, other: same, kind: 'same' }];
    const parts = path.split('/');
    for (let length = 1; length < parts.length; length++) {
      const folder = first.get(parts.slice(0, length).join('/'));
      if (folder !== undefined) return [{ index, other: folder, kind: 'folder' }];
    }
    return [];
  });
}
