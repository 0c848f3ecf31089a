import { decisionSettings } from '../../src/config/decision-settings.ts';
import { parseSettings, type Settings } from '../../src/config/settings.ts';
import type { Pod } from '../../src/plan/pod.ts';

/** Annotations of a pod that asks for one property. */
export const ASKING = { 'keyfirst.dev/file.password': 'vault://secret/shop/db#password' };

/** Settings of a cluster with one Vault and the dev store allowed. */
export const SETTINGS_TEXT = `
injector: {image: "registry.test/keyfirst/injector:1.0.0"}
devStore: true
stores:
  vault: {address: "https://vault.test:8200", role: shop, audience: vault}
`;

export function settings(text = SETTINGS_TEXT): Settings {
  const result = parseSettings(text);
  if (!result.ok) throw new Error(result.problems.join('\n'));
  return result.settings;
}

export const decision = (text?: string, minor?: number) => decisionSettings(settings(text), { minor });

type Part<Name extends keyof Pod['spec']> = Partial<Pod['spec']>[Name];

/** A fresh pod: one container `web`, and what the test says. */
export function pod(annotations: Record<string, string> = ASKING, spec: Partial<Pod['spec']> = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'shop', namespace: 'shop', annotations: { ...annotations } },
    spec: { containers: containers({ name: 'web' }), serviceAccountName: 'shop', ...structuredClone(spec) },
  };
}

export function containers(...list: { name: string; [key: string]: unknown }[]): NonNullable<Part<'containers'>> {
  return list.map((container) => ({ image: 'localhost/app:1', ...container })) as NonNullable<Part<'containers'>>;
}

/** An AdmissionReview for the creation of a pod, as the API server sends it. */
export function review(object: unknown, uid = 'b1f3'): object {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid,
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      operation: 'CREATE',
      namespace: 'shop',
      userInfo: { username: 'system:serviceaccount:kube-system:replicaset-controller' },
      object,
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
    },
  };
}

/** An AdmissionReview for a workload that is made; `change` replaces fields of the request, and `group` its API group. */
export function workloadReview(
  kind: string,
  object: unknown,
  { group = 'apps', ...change }: { group?: string; [field: string]: unknown } = {},
): object {
  const request = {
    uid: 'b1f3',
    kind: { group, version: 'v1', kind },
    operation: 'CREATE',
    namespace: 'shop',
    name: 'web',
    object,
    oldObject: null,
    dryRun: false,
    ...change,
  };
  return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request };
}
