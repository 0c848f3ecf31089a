import { createHash } from 'node:crypto';
import { namesOf, type RequestedFile, type RequestedVariables } from '../annotations/request.ts';

/** What a container finds in the volume: files, and variables for the wrapper. */
export type Seen = RequestedFile | RequestedVariables;

/** Which entries each container gets, as folders of the volume that it mounts. */
export interface Views {
  /** Folder of a container; empty: the whole volume; undefined: it gets nothing of it. */
  readonly of: (container: string) => string | undefined;
  /** Folders that an entry goes to; the empty name is the volume's root. */
  readonly holding: (entry: Seen) => string[];
}

/**
 * With `shared`, everyone who sees anything sees the whole volume. Else each distinct set of entries is one view, and a
 * container mounts only its own. A view's name follows from what is in it, so that it is the same at a second admission.
 */
export function planViews(seen: ReadonlyMap<string, readonly Seen[]>, shared: boolean): Views {
  const views = new Map<string, string>();
  const names = new Map<string, string>();
  const nameOf = (entries: readonly Seen[]) => {
    const content = entries.map(({ key }) => key).join('\n');
    const name = names.get(content) ?? viewName(entries);
    names.set(content, name);
    return name;
  };
  const folders = new Map<Seen, Set<string>>();
  for (const [container, entries] of seen) {
    if (entries.length === 0) continue;
    const view = shared ? '' : nameOf(entries);
    views.set(container, view);
    for (const entry of entries) folders.set(entry, (folders.get(entry) ?? new Set()).add(view));
  }
  return { of: (container) => views.get(container), holding: (entry) => [...(folders.get(entry) ?? [])] };
}

function viewName(entries: readonly Seen[]): string {
  const content = JSON.stringify(entries.map((entry) => [entry.key, 'file' in entry ? entry.file : namesOf(entry)]));
  return `view-${createHash('sha256').update(content).digest('hex').slice(0, 12)}`;
}
