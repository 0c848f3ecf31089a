import { createHash } from 'node:crypto';
import type { RequestedFile } from '../annotations/request.ts';

/** Which files each container gets, as folders of the volume that it mounts. */
export interface Views {
  /** Folder of a container; empty: the whole volume; undefined: it gets no file. */
  readonly of: (container: string) => string | undefined;
  /** Folders that a file goes to; undefined: the volume's root. */
  readonly holding: (file: RequestedFile) => string[] | undefined;
}

/**
 * Where no entry names containers, everyone sees the whole volume. Else each distinct set of entries is one view, and a
 * container mounts only its own. A view's name follows from what is in it, so that it is the same at a second admission.
 */
export function planViews(files: readonly RequestedFile[], containers: readonly string[]): Views {
  if (files.every((file) => file.containers === undefined)) return { of: () => '', holding: () => undefined };
  const byContainer = new Map(containers.map((name) => [name, files.filter((file) => file.containers?.includes(name) ?? true)]));
  const views = new Map([...byContainer.values()].filter((seen) => seen.length > 0).map((seen) => [nameOf(seen), seen]));
  return {
    of(container) {
      const seen = byContainer.get(container) ?? [];
      return seen.length === 0 ? undefined : nameOf(seen);
    },
    holding: (file) => [...views].flatMap(([name, seen]) => (seen.includes(file) ? [name] : [])),
  };
}

function nameOf(files: readonly RequestedFile[]): string {
  const content = JSON.stringify(files.map(({ key, file }) => [key, file]));
  return `view-${createHash('sha256').update(content).digest('hex').slice(0, 12)}`;
}
