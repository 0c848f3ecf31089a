import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { CHART, findHelm, helmTemplate } from '../../../scripts/helm.ts';

export const ROOT = join(import.meta.dirname, '../../..');
export const NAMESPACE = 'keyfirst-system';
/** The values files of the chart's own `ci` folder. */
export const CI_VALUES = ['default', 'full', 'files', 'cert-manager', 'monitoring'] as const;

/** Not typed further: rendered objects are read by path, and a wrong path fails the test. */
export type Rendered = ReturnType<typeof parse>;

export const ciFile = (name: (typeof CI_VALUES)[number]) => join(CHART, `ci/${name}-values.yaml`);
export const ciValues = (name: (typeof CI_VALUES)[number]): Rendered => parse(readFileSync(ciFile(name), 'utf8'));

/** Helm's path; a test that uses it is guarded by `beforeEach(requireHelm)`. */
export const helm = findHelm(process.env) ?? '';

/** Skips a test where there is no Helm, with the reason, and fails it there in CI. */
export function requireHelm({ skip }: Pick<TestContext, 'skip'>): void {
  if (helm !== '') return;
  const reason = 'no Helm: test/cluster/build.sh prepares it (in CLUSTER_CACHE, else ~/.cache/keyfirst-cluster)';
  if (process.env.CI === 'true') throw new Error(reason);
  skip(reason);
}

/** The objects that the chart renders, in Helm's order. */
export function render(
  values: object,
  { release = 'keyfirst', namespace = NAMESPACE, kubeVersion }: { release?: string; namespace?: string; kubeVersion?: string } = {},
): Rendered[] {
  return objects(helmTemplate(helm, release, namespace, values, kubeVersion));
}

export function objects(text: string): Rendered[] {
  return parseAllDocuments(text, { uniqueKeys: true }).flatMap((document): Rendered[] => {
    if (document.errors.length > 0) throw new Error(document.errors.join('\n'));
    const object = document.toJS();
    return object === null ? [] : [object];
  });
}

/** The one object of a kind. */
export function one(rendered: readonly Rendered[], kind: string): Rendered {
  const found = rendered.filter((object) => object.kind === kind);
  if (found.length !== 1) throw new Error(`${found.length} objects of kind ${kind}`);
  return found[0];
}

/** The ConfigMap of the settings file; the dashboard has one of its own. */
export function settingsFile(rendered: readonly Rendered[]): string {
  const found = rendered.flatMap(({ kind, data }): string[] =>
    kind === 'ConfigMap' && 'settings.yaml' in data ? [data['settings.yaml']] : [],
  );
  if (found.length !== 1) throw new Error(`${found.length} settings files`);
  return found[0] ?? '';
}

/** What Helm says when it refuses values: the least that an install needs, changed. Fails if it does not refuse. */
export function refusal(values: object, { release = 'keyfirst', command = 'template' } = {}): string {
  const args = command === 'lint' ? ['lint', CHART, '--strict'] : ['template', release, CHART, '--namespace', NAMESPACE];
  const { status, stderr } = spawnSync(helm, [...args, '--values', '-'], { input: JSON.stringify(values), encoding: 'utf8' });
  if (status === 0) throw new Error('Helm does not refuse these values');
  return stderr;
}

/** `changes` laid over `base`, map by map. */
export function merged(base: Rendered, changes: Rendered): Rendered {
  if (!isMap(base) || !isMap(changes)) return changes;
  return Object.fromEntries(
    [...new Set([...Object.keys(base), ...Object.keys(changes)])].map((key) => [
      key,
      key in changes ? merged(base[key], changes[key]) : base[key],
    ]),
  );
}

function isMap(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
