import { filePathClashes } from '../contract/file-path.ts';
import type { Report } from './read-entry.ts';
import { byVariableName, type RequestedFile, type RequestedSource, type RequestedVariables } from './request.ts';

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
  for (const [name, setters] of byVariableName(variables)) {
    for (const { entry, first } of repeated(setters)) report(entry.key, `sets the variable \`${name}\`, which ${first.key} sets already`);
  }
}

/** Those that share a container with an earlier one. One pass: a thousand may set one name, for a container each. */
function repeated(setters: readonly RequestedVariables[]): { entry: RequestedVariables; first: RequestedVariables }[] {
  if (setters.length < 2) return [];
  const byContainer = new Map<string, RequestedVariables>();
  let everywhere: RequestedVariables | undefined;
  return setters.flatMap((entry, index) => {
    const { containers } = entry;
    const named = containers?.flatMap((name) => byContainer.get(name) ?? [])[0];
    const first = containers === undefined ? (index === 0 ? undefined : setters[0]) : (everywhere ?? named);
    if (containers === undefined) everywhere ??= entry;
    else for (const name of containers) if (!byContainer.has(name)) byContainer.set(name, entry);
    return first === undefined ? [] : [{ entry, first }];
  });
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
