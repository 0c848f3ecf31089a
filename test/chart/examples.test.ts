import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { mutatePod } from '../../src/admission/mutate-pod.ts';
import { findPods } from '../../src/cli/find-pods.ts';
import { decisionSettings } from '../../src/config/decision-settings.ts';
import type { Settings } from '../../src/config/settings.ts';
import { settings } from '../support/pods.ts';
import { objects, one, ROOT, render, requireHelm } from './support/chart.ts';

const read = (file: string) => readFileSync(join(ROOT, 'examples', file), 'utf8');
const PODS = ['pod.yaml', 'deployment.yaml'].flatMap((file) =>
  objects(read(file)).flatMap((object) => findPods(object).map((found) => ({ file, ...found }))),
);

const decisions = (config: Settings) => PODS.map(({ pod, namespace = '' }) => mutatePod(pod, namespace, decisionSettings(config)));
const INJECTED = PODS.map(() => expect.objectContaining({ kind: 'inject' }));

describe('examples/', () => {
  it('work with the settings of the overlay', () => {
    expect(PODS).toHaveLength(2);
    expect(decisions(settings(read('kustomize/settings.yaml')))).toEqual(INJECTED);
  });

  it('opt their namespace in, under restricted Pod Security, with the identity that Vault trusts', () => {
    const [namespace, account] = objects(read('namespace.yaml'));

    expect(namespace.metadata.labels).toEqual({ 'keyfirst.dev/injection': 'enabled', 'pod-security.kubernetes.io/enforce': 'restricted' });
    for (const { namespace: name, pod } of PODS) {
      expect(name).toBe(namespace.metadata.name);
      expect(pod).toMatchObject({ spec: { serviceAccountName: account.metadata.name } });
    }
    expect(read('README.md')).toContain(
      `bound_service_account_names=${account.metadata.name} bound_service_account_namespaces=${namespace.metadata.name}`,
    );
  });

  it('ask Vault for the audience that its role wants', () => {
    const { audience } = parse(read('values.yaml')).settings.stores.vault;

    expect(read('README.md')).toContain(`audience=${audience} `);
    expect(parse(read('kustomize/settings.yaml')).stores.vault.audience).toBe(audience);
  });
});

describe('examples/ with Helm', () => {
  beforeEach(requireHelm);

  it('work with the settings that the chart renders from values.yaml', () => {
    const config = one(render(parse(read('values.yaml'))), 'ConfigMap').data['settings.yaml'];

    expect(decisions(settings(config))).toEqual(INJECTED);
  });
});
