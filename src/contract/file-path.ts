/** Longest name of one part of a path on Linux file systems, in bytes. */
const MAX_PART_BYTES = 255;

/**
 * What is wrong with a path below the secrets volume; undefined when nothing is.
 * Names that begin with `..` belong to the atomic writer (`..data`, `..2026-…`).
 */
export function filePathProblem(path: string): string | undefined {
  if (path === '') return 'the file has no name';
  if (path.startsWith('/')) return 'the file name must be relative to the mount path, without a leading `/`';
  for (const part of path.split('/')) {
    if (part === '') return 'the file name has an empty part (`//` or a trailing `/`)';
    if (part === '.' || part.startsWith('..')) return 'no part of the file name may be `.` or begin with `..`';
    if (Buffer.byteLength(part) > MAX_PART_BYTES) return `a part of the file name is longer than ${MAX_PART_BYTES} bytes`;
    if (/[\p{Cc}\\]/u.test(part)) return 'the file name has a control character or a backslash';
  }
  return undefined;
}

/** Pairs of paths that cannot exist together: twice the same, or one is a folder of the other. */
export function filePathClashes(paths: readonly string[]): [string, string][] {
  const sorted = [...paths].sort();
  const clashes: [string, string][] = [];
  const seen = new Set<string>();
  for (const path of sorted) {
    if (seen.has(path)) clashes.push([path, path]);
    const parts = path.split('/');
    for (let length = 1; length < parts.length; length++) {
      const folder = parts.slice(0, length).join('/');
      if (seen.has(folder)) clashes.push([folder, path]);
    }
    seen.add(path);
  }
  return clashes;
}
