import { filePathClashes } from '../contract/file-path.ts';
import type { Report } from './read-entry.ts';
import { namesOf, type RequestedFile, type RequestedSource, type RequestedVariables } from './request.ts';

/** Two files in one place, or two values for one variable. Entries for different containers may bear one name: each sees its own. */
export function reportClashes(files: readonly RequestedFile[], variables: readonly RequestedVariables[], report: Report): void {
  const told = new Set<number>();
  for (const seen of groups(files)) {
    for (const { index, other, kind } of filePathClashes(seen.map((place) => files[place]?.file ?? ''))) {
      const place = seen[index] ?? -1;
      const [file, first] = [files[place], files[seen[other] ?? -1]];
      if (file === undefined || first === undefined || told.has(place)) continue;
      told.add(place);
      if (kind === 'same') report(file.key, `asks for the file \`${file.file}\`, which ${first.key} asks for already`);
      else
        report(file.key, `asks for the file \`${file.file}\`, but ${first.key} makes \`${first.file}\` a file, so it cannot be a folder`);
    }
  }
  const toldNames = new Set<string>();
  for (const seen of groups(variables)) {
    const first = new Map<string, number>();
    for (const place of seen) {
      const entry = variables[place];
      for (const name of entry === undefined ? [] : namesOf(entry)) {
        const other = variables[first.get(name) ?? place];
        if (!first.has(name)) first.set(name, place);
        else if (entry !== undefined && other !== undefined && !toldNames.has(`${place} ${name}`)) {
          toldNames.add(`${place} ${name}`);
          report(entry.key, `sets the variable \`${name}\`, which ${other.key} sets already`);
        }
      }
    }
  }
}

/** Places of the entries that one container sees, for each container that an entry names, and for all others. */
function groups(entries: readonly Pick<RequestedSource, 'containers'>[]): number[][] {
  const named = new Set(entries.flatMap(({ containers }) => containers ?? []));
  const places = [...entries.keys()];
  const everywhere = places.filter((place) => entries[place]?.containers === undefined);
  return [
    everywhere,
    ...[...named].slice(0, MOST_NAMED).map((name) => places.filter((place) => entries[place]?.containers?.includes(name) ?? true)),
  ];
}

/** No pod has more containers; names beyond are refused by the plan anyway. */
const MOST_NAMED = 500;
