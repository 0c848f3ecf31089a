import { ANNOTATION_PREFIX, STATUS_ANNOTATION } from '../contract/names.ts';
import { didYouMean } from '../issues/did-you-mean.ts';
import type { Issue } from '../issues/issue.ts';
import { FAMILIES as STORE_FAMILIES } from '../stores/families.ts';
import { providerOf, type StoreLayers } from '../stores/layers.ts';
import { type ResolvedStore, resolveStore } from '../stores/resolve.ts';
import { reportClashes } from './clashes.ts';
import { KEYS, type KeyName, LATER_KEYS } from './keys.ts';
import { type Report, readFile, readVariables } from './read-entry.ts';
import { refused } from './refused.ts';
import { type InjectionRequest, type RequestedSource, referencesOf } from './request.ts';
import { type ListEntry, parseSecretsList } from './secrets-list.ts';
import { readStoreSettings } from './store-settings.ts';
import { variableNameProblem } from './variable-name.ts';

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
    } else if (name.startsWith('env.')) {
      const problem = variableNameProblem(name.slice('env.'.length));
      if (problem === undefined)
        entries.push({ key, variables: { kind: 'one', name: name.slice('env.'.length) }, from: value, optional: false });
      else report(key, problem);
    } else if (!name.startsWith('store.')) {
      report(key, unknownKey(name));
    }
  }

  const stores = readStoreSettings(annotations, context.stores);
  issues.push(...stores.issues);
  const layers: StoreLayers = { cluster: context.stores, pod: stores.pod, serviceAccount: context.serviceAccount };
  const files = entries.flatMap((entry) => ('file' in entry ? readFile(entry, layers, report) : []));
  const variables = entries.flatMap((entry) => ('variables' in entry ? readVariables(entry, layers, report) : []));
  const resolved = resolveStores([...files, ...variables], layers, context, report);
  reportClashes(files, variables, report);
  return issues.length > 0 ? { ok: false, issues } : { ok: true, request: { files, variables, values, stores: resolved } };
}

function isKeyName(name: string): name is KeyName {
  return Object.hasOwn(KEYS, name);
}

function unknownKey(name: string): string {
  const later = LATER_KEYS.some((key) => key === name);
  if (later) return 'is not available yet in this version';
  const setting = Object.entries(STORE_FAMILIES).find(([, family]) => Object.hasOwn(family.settings, name));
  if (setting !== undefined) return `is not a key of Keyfirst; did you mean \`store.${setting[0]}.${name}\`?`;
  const resource = /^resources\.(cpu|memory)/.exec(name);
  if (resource !== null) return `is not a key of Keyfirst; there are resources.${resource[1]}-request and resources.${resource[1]}-limit`;
  const known = [...Object.keys(KEYS), 'secrets', 'file.<name>', 'env.<NAME>', 'store.<store>.<setting>'];
  const family = name.includes('.') ? didYouMean(`${name.split('.')[0]}.`, ['file.', 'env.', 'store.']) : '';
  const hint = didYouMean(name, known) || family;
  return hint === '' ? `is not a key of Keyfirst; its keys are ${known.join(', ')}` : `is not a key of Keyfirst${hint}`;
}

function resolveStores(
  entries: readonly RequestedSource[],
  layers: StoreLayers,
  { devStore }: AnnotationContext,
  report: Report,
): Map<string, ResolvedStore> {
  const stores = new Map<string, ResolvedStore>();
  for (const entry of entries) {
    for (const { store } of referencesOf(entry)) {
      const provider = providerOf(store, layers);
      if (provider === undefined || stores.has(store)) continue;
      if (provider === 'dev' && !devStore) {
        report(
          entry.key,
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
