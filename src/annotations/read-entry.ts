import { filePathProblem } from '../contract/file-path.ts';
import { EXEC_FOLDER } from '../contract/names.ts';
import type { Reference } from '../contract/reference.ts';
import { FAMILIES } from '../stores/families.ts';
import { providerOf, type StoreLayers } from '../stores/layers.ts';
import { checkReference } from './check-reference.ts';
import { isReference, type RequestedFile, type RequestedSource, type RequestedVariables } from './request.ts';
import type { FileEntry, ListEntry, VariablesEntry } from './secrets-list.ts';

/** Takes a problem with the key it belongs to. */
export type Report = (key: string, message: string) => void;

/** A file's entry with its references parsed, or nothing after its problems are reported. */
export function readFile(entry: FileEntry, layers: StoreLayers, report: Report): RequestedFile[] {
  const pathProblem = filePathProblem(entry.file) ?? (entry.file.split('/', 1)[0] === EXEC_FOLDER ? OUR_FOLDER : undefined);
  if (pathProblem !== undefined) report(entry.key, pathProblem);
  const source = readSource(entry, layers, report);
  if (source === undefined || pathProblem !== undefined) return [];
  const problem = formProblem(entry, source.from, layers);
  if (problem !== undefined) report(entry.key, problem);
  return [{ ...source, file: entry.file, ...(entry.mode === undefined ? {} : { mode: entry.mode }) }];
}

const OUR_FOLDER = `the folder \`${EXEC_FOLDER}\` belongs to Keyfirst; choose another name`;

/** Likewise for variables. */
export function readVariables(entry: VariablesEntry, layers: StoreLayers, report: Report): RequestedVariables[] {
  const source = readSource(entry, layers, report);
  if (source === undefined) return [];
  const { variables, template, format } = entry;
  const isWhole = isSureMap(source.from, layers);
  if (variables.kind === 'one' && isWhole && template === undefined && (format === undefined || format === 'raw')) {
    report(
      entry.key,
      `the whole secret is a map, and a variable holds one value; pick one with \`#<property>\`, set \`format: json\` in the list, or take several with a map in \`env\``,
    );
  }
  if (variables.kind !== 'one' && isReference(source.from) && source.from.property !== undefined) {
    report(entry.key, 'several variables take properties of the whole secret; leave out what follows the `#`');
  }
  return [{ ...source, variables }];
}

function readSource(entry: ListEntry, layers: StoreLayers, report: Report): RequestedSource | undefined {
  const read = (text: string, place: string): Reference | undefined => {
    const checked = checkReference(text, layers);
    if (checked.ok) return checked.reference;
    report(entry.key, `${place}${checked.problem}`);
    return undefined;
  };
  const password = entry.password === undefined ? undefined : read(entry.password, '`password` ');
  const from = readFrom(entry.from, read);
  if (from === undefined || (entry.password !== undefined && password === undefined)) return undefined;
  const { key, template, format, optional, containers } = entry;
  return {
    key,
    from,
    optional,
    ...(template === undefined ? {} : { template }),
    ...(format === undefined ? {} : { format }),
    ...(password === undefined ? {} : { password }),
    ...(containers === undefined ? {} : { containers }),
  };
}

function readFrom(
  from: ListEntry['from'],
  read: (text: string, place: string) => Reference | undefined,
): RequestedSource['from'] | undefined {
  if (typeof from === 'string') return read(from, '');
  const sources = Object.entries(from).map(([name, text]) => [name, read(text, `\`from.${name}\` `)] as const);
  const whole = sources.flatMap(([name, reference]) => (reference === undefined ? [] : [[name, reference] as const]));
  return whole.length === sources.length ? Object.fromEntries(whole) : undefined;
}

const FORM_BY_EXTENSION = /\.(json|ya?ml|env|properties)$/i;

/** A map needs a form, which the entry says by its format, its template or the end of its name. */
function formProblem({ file, format, template }: FileEntry, from: RequestedSource['from'], layers: StoreLayers): string | undefined {
  if (template !== undefined || !isSureMap(from, layers)) return undefined;
  if (format === 'raw' || format === 'base64')
    return `format ${format} cannot hold a whole secret, which is a map; pick one value with \`#<property>\` or use format json`;
  if (format !== undefined || FORM_BY_EXTENSION.test(file)) return undefined;
  return 'the whole secret is a map, and the file name does not say its form; end the name in .json, .yaml, .env or .properties, set `format` in the list, or pick one value with `#<property>`';
}

function isSureMap(from: RequestedSource['from'], layers: StoreLayers): boolean {
  if (!isReference(from)) return true;
  const provider = providerOf(from.store, layers);
  return from.property === undefined && provider !== undefined && FAMILIES[provider].wholeIsMap(from);
}
