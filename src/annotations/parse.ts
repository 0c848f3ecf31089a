import { filePathClashes, filePathProblem } from '../contract/file-path.ts';
import { ANNOTATION_PREFIX, STATUS_ANNOTATION } from '../contract/names.ts';
import { PROVIDERS } from '../contract/provider.ts';
import { didYouMean, didYouMeanOr } from '../issues/did-you-mean.ts';
import { type Issue, quote } from '../issues/issue.ts';
import { checkReference, laterStore } from './check-reference.ts';
import { type AnnotationKey, KEYS, type KeyName, LATER_FAMILIES, LATER_KEYS } from './keys.ts';
import type { InjectionRequest, RequestedFile, ResolvedStore } from './request.ts';
import { resolveStore } from './resolve-store.ts';
import { mayQuote } from './schemas.ts';
import { type ListEntry, parseSecretsList } from './secrets-list.ts';
import { STORES, type StoreSetting } from './stores.ts';

/** What the cluster's settings add to a pod's own words. */
export interface AnnotationContext {
  /** `settings.stores`: settings by store name. */
  readonly stores: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Whether pods may use the dev store. */
  readonly devStore: boolean;
}

export type ParseResult = { ok: true; request: InjectionRequest } | { ok: false; issues: Issue[] };

/** Reads a pod's `keyfirst.dev/` annotations whole: a typed request, or every problem with its key. */
export function parseAnnotations(annotations: Readonly<Record<string, string>>, context: AnnotationContext): ParseResult {
  const issues: Issue[] = [];
  const values: Record<string, unknown> = {};
  const entries: ListEntry[] = [];
  const podStores: Record<string, Record<string, string>> = {};
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
    } else if (name.startsWith('store.')) {
      readStoreSetting(key, name, value, podStores, report);
    } else {
      report(key, unknownKey(name));
    }
  }

  const files = entries.flatMap((entry) => readFile(entry, report));
  const stores = resolveStores(files, context, podStores, issues, report);
  reportClashes(files, report);
  return issues.length > 0 ? { ok: false, issues } : { ok: true, request: { files, values, stores } };
}

type Report = (key: string, message: string) => void;

function isKeyName(name: string): name is KeyName {
  return Object.hasOwn(KEYS, name);
}

function unknownKey(name: string): string {
  const later = LATER_KEYS.some((key) => key === name) || LATER_FAMILIES.some((prefix) => name.startsWith(prefix));
  if (later) return 'is not available yet in this version';
  const setting = Object.entries(STORES).find(([, family]) => Object.hasOwn(family.settings, name));
  if (setting !== undefined) return `is not a key of Keyfirst; did you mean \`store.${setting[0]}.${name}\`?`;
  const resource = /^resources\.(cpu|memory)/.exec(name);
  if (resource !== null) return `is not a key of Keyfirst; there are resources.${resource[1]}-request and resources.${resource[1]}-limit`;
  const known = [...Object.keys(KEYS), 'secrets', 'file.<name>', 'store.<store>.<setting>'];
  const family = name.includes('.') ? didYouMean(`${name.split('.')[0]}.`, ['file.', 'store.']) : '';
  const hint = didYouMean(name, known) || family;
  return hint === '' ? `is not a key of Keyfirst; its keys are ${known.join(', ')}` : `is not a key of Keyfirst${hint}`;
}

function readStoreSetting(
  key: string,
  name: string,
  value: string,
  podStores: Record<string, Record<string, string>>,
  report: Report,
): void {
  const [, store = '', ...rest] = name.split('.');
  const found = findSetting(store, rest.join('.'));
  if ('problem' in found) {
    report(key, found.problem);
    return;
  }
  const result = found.row.schema.safeParse(value);
  if (result.success) podStores[store] = { ...podStores[store], [found.setting]: result.data };
  else report(key, refused(found.row.schema, value, result.error));
}

/** The schema's words, behind the value where it may be told. */
function refused(schema: AnnotationKey['schema'], value: string, { issues: [first] }: { issues: readonly { message: string }[] }): string {
  return mayQuote(schema) ? `${quote(value)} ${first?.message}` : `${first?.message}`;
}

function findSetting(store: string, setting: string): { setting: string; row: StoreSetting } | { problem: string } {
  if (setting === '') return { problem: 'names no setting; a key is store.<store>.<setting>' };
  if (setting === 'provider') return { problem: 'stores of your own names are not available yet; use the built-in names' };
  if (store === 'aws') return { problem: laterStore('aws-sm') };
  const provider = PROVIDERS.find((id) => id === store);
  if (provider === undefined) {
    return { problem: `\`${store}\` is not a store${didYouMeanOr(store, PROVIDERS, 'known stores are')}` };
  }
  const family = STORES[provider];
  if (family === undefined) return { problem: laterStore(provider) };
  const row = Object.hasOwn(family.settings, setting) ? family.settings[setting] : undefined;
  const known = Object.keys(family.settings);
  return row === undefined
    ? { problem: `\`${setting}\` is not a setting of ${store}${didYouMeanOr(setting, known, 'it has')}` }
    : { setting, row };
}

/** The entry with its reference parsed, or nothing after its problems are reported. */
function readFile(entry: ListEntry, report: Report): RequestedFile[] {
  const pathProblem = filePathProblem(entry.file);
  if (pathProblem !== undefined) report(entry.key, pathProblem);
  const checked = checkReference(entry.from);
  if (!checked.ok) {
    report(entry.key, checked.problem);
    return [];
  }
  const { reference, family } = checked;
  if (family.wholeIsMap && reference.property === undefined) {
    const json = entry.format === 'json' || (entry.format === undefined && entry.file.endsWith('.json'));
    if (!json) report(entry.key, mapWithoutForm(entry));
  }
  return pathProblem === undefined ? [{ ...entry, from: reference }] : [];
}

function mapWithoutForm({ file, format }: ListEntry): string {
  if (format === 'raw')
    return 'format raw cannot hold a whole secret, which is a map; pick one value with `#<property>` or use format json';
  const later = /\.(ya?ml|env|properties)$/.exec(file);
  if (later !== null) {
    return `writing a whole secret as \`${later[0]}\` is not available yet; end the name in .json, or pick one value with \`#<property>\``;
  }
  return 'the whole secret is a map, and the file name does not say its form; end the name in .json, set `format: json` in the list, or pick one value with `#<property>`';
}

function resolveStores(
  files: readonly RequestedFile[],
  context: AnnotationContext,
  podStores: Record<string, Record<string, string>>,
  issues: Issue[],
  report: Report,
): Map<string, ResolvedStore> {
  const stores = new Map<string, ResolvedStore>();
  for (const { key, from } of files) {
    const provider = PROVIDERS.find((id) => id === from.store);
    const family = provider === undefined ? undefined : STORES[provider];
    if (family === undefined || stores.has(from.store)) continue;
    if (from.store === 'dev' && !context.devStore) {
      report(
        key,
        'the store `dev` is switched off on this cluster; it is for demos, and an admin can allow it with `settings.devStore: true`',
      );
    }
    const resolved = resolveStore(from.store, family, context.stores[from.store] ?? {}, podStores[from.store] ?? {});
    stores.set(from.store, resolved.store);
    issues.push(...resolved.issues);
  }
  return stores;
}

function reportClashes(files: readonly RequestedFile[], report: Report): void {
  for (const { index, other, kind } of filePathClashes(files.map(({ file }) => file))) {
    const [file, first] = [files[index], files[other]];
    if (file === undefined || first === undefined) continue;
    if (kind === 'same') report(file.key, `asks for the file \`${file.file}\`, which ${first.key} asks for already`);
    else report(file.key, `asks for the file \`${file.file}\`, but ${first.key} makes \`${first.file}\` a file, so it cannot be a folder`);
  }
}
