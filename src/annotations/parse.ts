import { filePathClashes, filePathProblem } from '../contract/file-path.ts';
import { ANNOTATION_PREFIX, STATUS_ANNOTATION } from '../contract/names.ts';
import type { Reference } from '../contract/reference.ts';
import { didYouMean } from '../issues/did-you-mean.ts';
import type { Issue } from '../issues/issue.ts';
import { FAMILIES as STORE_FAMILIES } from '../stores/families.ts';
import { providerOf, type StoreLayers } from '../stores/layers.ts';
import { type ResolvedStore, resolveStore } from '../stores/resolve.ts';
import { checkReference } from './check-reference.ts';
import { KEYS, type KeyName, LATER_FAMILIES, LATER_KEYS } from './keys.ts';
import { refused } from './refused.ts';
import { type InjectionRequest, isReference, type RequestedFile, referencesOf } from './request.ts';
import { type ListEntry, parseSecretsList } from './secrets-list.ts';
import { readStoreSettings } from './store-settings.ts';

/** What cluster and ServiceAccount add to a pod's own words. */
export interface AnnotationContext {
  /** `settings.stores` by name. */
  readonly stores: StoreLayers['cluster'];
  /** Whether pods may use the dev store. */
  readonly devStore: boolean;
  /** Identity annotations of the pod's ServiceAccount. */
  readonly serviceAccount: StoreLayers['serviceAccount'];
}

export type ParseResult = { ok: true; request: InjectionRequest } | { ok: false; issues: Issue[] };

/** Reads a pod's `keyfirst.dev/` annotations whole: a typed request, or every problem with its key. */
export function parseAnnotations(annotations: Readonly<Record<string, string>>, context: AnnotationContext): ParseResult {
  const issues: Issue[] = [];
  const values: Record<string, unknown> = {};
  const entries: ListEntry[] = [];
  const report = (key: string, message: string) => issues.push({ reason: 'invalid-annotation', key, message });

  for (const [key, value] of Object.entries(annotations)) {
    if (!key.startsWith(ANNOTATION_PREFIX) || key === STATUS_ANNOTATION) continue;
    const name = key.slice(ANNOTATION_PREFIX.length);
    if (isKeyName(name)) {
      const result = KEYS[name].schema.safeParse(value);
      if (result.success) values[name] = result.data;
      else report(key, refused(KEYS[name].schema, value, result.error));
    } else if (name === 'secrets') {
      const list = parseSecretsList(key, value);
      entries.push(...list.entries);
      issues.push(...list.issues);
    } else if (name.startsWith('file.')) {
      entries.push({ key, file: name.slice('file.'.length), from: value, optional: false });
    } else if (!name.startsWith('store.')) {
      report(key, unknownKey(name));
    }
  }

  const stores = readStoreSettings(annotations, context.stores);
  issues.push(...stores.issues);
  const layers: StoreLayers = { cluster: context.stores, pod: stores.pod, serviceAccount: context.serviceAccount };
  const files = entries.flatMap((entry) => readFile(entry, layers, report));
  const resolved = resolveStores(files, layers, context, report);
  reportClashes(files, report);
  return issues.length > 0 ? { ok: false, issues } : { ok: true, request: { files, values, stores: resolved } };
}

type Report = (key: string, message: string) => void;

function isKeyName(name: string): name is KeyName {
  return Object.hasOwn(KEYS, name);
}

function unknownKey(name: string): string {
  const later = LATER_KEYS.some((key) => key === name) || LATER_FAMILIES.some((prefix) => name.startsWith(prefix));
  if (later) return 'is not available yet in this version';
  const setting = Object.entries(STORE_FAMILIES).find(([, family]) => Object.hasOwn(family.settings, name));
  if (setting !== undefined) return `is not a key of Keyfirst; did you mean \`store.${setting[0]}.${name}\`?`;
  const resource = /^resources\.(cpu|memory)/.exec(name);
  if (resource !== null) return `is not a key of Keyfirst; there are resources.${resource[1]}-request and resources.${resource[1]}-limit`;
  const known = [...Object.keys(KEYS), 'secrets', 'file.<name>', 'store.<store>.<setting>'];
  const family = name.includes('.') ? didYouMean(`${name.split('.')[0]}.`, ['file.', 'store.']) : '';
  const hint = didYouMean(name, known) || family;
  return hint === '' ? `is not a key of Keyfirst; its keys are ${known.join(', ')}` : `is not a key of Keyfirst${hint}`;
}

/** The entry with its references parsed, or nothing after its problems are reported. */
function readFile(entry: ListEntry, layers: StoreLayers, report: Report): RequestedFile[] {
  const pathProblem = filePathProblem(entry.file);
  if (pathProblem !== undefined) report(entry.key, pathProblem);
  const read = (text: string, place: string): Reference | undefined => {
    const checked = checkReference(text, layers);
    if (checked.ok) return checked.reference;
    report(entry.key, `${place}${checked.problem}`);
    return undefined;
  };
  const password = entry.password === undefined ? undefined : read(entry.password, '`password` ');
  const from = readFrom(entry.from, read);
  if (from === undefined || pathProblem !== undefined || (entry.password !== undefined && password === undefined)) return [];
  const problem = formProblem(entry, from, layers);
  if (problem !== undefined) report(entry.key, problem);
  const { password: _text, ...rest } = entry;
  return [{ ...rest, from, ...(password === undefined ? {} : { password }) }];
}

function readFrom(
  from: ListEntry['from'],
  read: (text: string, place: string) => Reference | undefined,
): RequestedFile['from'] | undefined {
  if (typeof from === 'string') return read(from, '');
  const sources = Object.entries(from).map(([name, text]) => [name, read(text, `\`from.${name}\` `)] as const);
  const whole = sources.flatMap(([name, reference]) => (reference === undefined ? [] : [[name, reference] as const]));
  return whole.length === sources.length ? Object.fromEntries(whole) : undefined;
}

const FORM_BY_EXTENSION = /\.(json|ya?ml|env|properties)$/i;

/** A map needs a form, which the entry says by its format, its template or the end of its name. */
function formProblem({ file, format, template }: ListEntry, from: RequestedFile['from'], layers: StoreLayers): string | undefined {
  if (template !== undefined || !isSureMap(from, layers)) return undefined;
  if (format === 'raw' || format === 'base64')
    return `format ${format} cannot hold a whole secret, which is a map; pick one value with \`#<property>\` or use format json`;
  if (format !== undefined || FORM_BY_EXTENSION.test(file)) return undefined;
  return 'the whole secret is a map, and the file name does not say its form; end the name in .json, .yaml, .env or .properties, set `format` in the list, or pick one value with `#<property>`';
}

function isSureMap(from: RequestedFile['from'], layers: StoreLayers): boolean {
  if (!isReference(from)) return true;
  const provider = providerOf(from.store, layers);
  return from.property === undefined && provider !== undefined && STORE_FAMILIES[provider].wholeIsMap(from);
}

function resolveStores(
  files: readonly RequestedFile[],
  layers: StoreLayers,
  { devStore }: AnnotationContext,
  report: Report,
): Map<string, ResolvedStore> {
  const stores = new Map<string, ResolvedStore>();
  for (const file of files) {
    for (const { store } of referencesOf(file)) {
      const provider = providerOf(store, layers);
      if (provider === undefined || stores.has(store)) continue;
      if (provider === 'dev' && !devStore) {
        report(
          file.key,
          'the store `dev` is switched off on this cluster; it is for demos, and an admin can allow it with `settings.devStore: true`',
        );
      }
      const { store: resolved, missing } = resolveStore(store, provider, layers);
      stores.set(store, resolved);
      for (const { setting, serviceAccountAnnotation } of missing) {
        const account = serviceAccountAnnotation === undefined ? '' : `, or \`${serviceAccountAnnotation}\` on the pod's ServiceAccount`;
        report(
          `${ANNOTATION_PREFIX}store.${store}.${setting}`,
          `is needed by the store \`${store}\`; set this annotation${account}, or ask your cluster admin to set \`settings.stores.${store}.${setting}\``,
        );
      }
    }
  }
  return stores;
}

/** Two files in one place. Files for different containers may bear one name: each container sees its own. */
function reportClashes(files: readonly RequestedFile[], report: Report): void {
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
}

/** Places of the files that one container sees, for each container that an entry names, and for all others. */
function groups(files: readonly RequestedFile[]): number[][] {
  const named = new Set(files.flatMap(({ containers }) => containers ?? []));
  const places = [...files.keys()];
  const everywhere = places.filter((place) => files[place]?.containers === undefined);
  return [
    everywhere,
    ...[...named].slice(0, MOST_NAMED).map((name) => places.filter((place) => files[place]?.containers?.includes(name) ?? true)),
  ];
}

/** No pod has more containers; names beyond are refused by the plan anyway. */
const MOST_NAMED = 500;
