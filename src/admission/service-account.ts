import * as z from 'zod';
import { FAMILIES } from '../stores/families.ts';
import { providerOf, type StoreLayers } from '../stores/layers.ts';
import { isSwitchedOff } from './asks.ts';
import { MOST_ANNOTATION_BYTES } from './limits.ts';

const Asker = z.looseObject({
  metadata: z.looseObject({ annotations: z.record(z.string(), z.string()).nullish() }),
  spec: z.looseObject({ serviceAccountName: z.string().nullish(), serviceAccount: z.string().nullish() }),
});

const PROVIDER = /^keyfirst\.dev\/store\.([^.]+)\.provider$/;

/**
 * The ServiceAccount whose identity annotations a store of the pod may need; undefined when none does, so that nothing
 * is read for it. Looks at the text of the annotations only: a store that is named too often costs one look-up.
 */
export function neededServiceAccount(pod: unknown, cluster: StoreLayers['cluster']): string | undefined {
  const asker = Asker.safeParse(pod);
  if (!asker.success) return undefined;
  const annotations = asker.data.metadata.annotations ?? {};
  if (isSwitchedOff(annotations)) return undefined;
  const own = Object.entries(annotations).flatMap(([key, value]) => {
    const store = PROVIDER.exec(key)?.[1];
    return store === undefined ? [] : [[store, { provider: value }] as const];
  });
  const layers = { cluster, pod: Object.fromEntries(own) };
  const texts = Object.entries(annotations).flatMap(([key, value]) => (key.startsWith('keyfirst.dev/') ? [value] : []));
  // Such a pod is refused anyway, and must not keep the webhook busy before.
  if (texts.reduce((sum, text) => sum + text.length, 0) > MOST_ANNOTATION_BYTES) return undefined;
  if (!texts.some((text) => storesIn(text).some((name) => readsAccount(name, layers)))) return undefined;
  const { serviceAccountName, serviceAccount } = asker.data.spec;
  return serviceAccountName || serviceAccount || 'default';
}

/** What stands before each `://`. One pass over the text: a pod may name thousands of stores. */
function storesIn(text: string): string[] {
  const names = new Set<string>();
  for (let at = text.indexOf('://'); at >= 0; at = text.indexOf('://', at + 1)) {
    const [name] = /[a-z0-9-]*$/.exec(text.slice(Math.max(0, at - LONGEST_NAME), at)) ?? [];
    if (name !== undefined) names.add(name);
  }
  return [...names];
}

const LONGEST_NAME = 31;

function readsAccount(name: string, layers: Pick<StoreLayers, 'cluster' | 'pod'>): boolean {
  const provider = providerOf(name, layers);
  return (
    provider !== undefined &&
    Object.values(FAMILIES[provider].settings).some(({ serviceAccountAnnotation }) => serviceAccountAnnotation !== undefined)
  );
}
