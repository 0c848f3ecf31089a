import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { renderWebhookConfig } from '../../scripts/render-webhook-config.ts';
import { settings } from '../support/pods.ts';
import { ciValues, helm, objects, one, type Rendered, ROOT, render, requireHelm } from './support/chart.ts';

const FOLDER = join(ROOT, 'webhook-config');

describe('webhook-config/', () => {
  beforeEach(requireHelm);

  const kustomize = (folder: string) =>
    objects(execFileSync(join(dirname(helm), 'kubectl'), ['kustomize', join(ROOT, folder)], { encoding: 'utf8' }));

  it('is what the chart renders (`npm run generate` writes it)', () => {
    const files = readdirSync(FOLDER).filter((file) => file !== 'README.md');
    const found = Object.fromEntries(files.map((file) => [file, readFileSync(join(FOLDER, file), 'utf8')]));

    expect(found).toEqual(Object.fromEntries(renderWebhookConfig(helm)));
  });

  it('builds the same objects as the chart, and the namespace', () => {
    const kinds = (rendered: readonly { kind: string }[]) => rendered.map(({ kind }) => kind).sort();
    const built = kustomize('webhook-config');

    expect(kinds(built)).toEqual([...kinds(render(ciValues('default'))), 'Namespace'].sort());
    expect(one(built, 'MutatingWebhookConfiguration').webhooks).toEqual(
      one(render(ciValues('default')), 'MutatingWebhookConfiguration').webhooks,
    );
    expect(one(built, 'Namespace').metadata.labels).toEqual({ 'pod-security.kubernetes.io/enforce': 'restricted' });
    expect(JSON.stringify(built)).not.toMatch(/helm|checksum/i);
  });

  it('takes images and settings from an overlay, and rolls the pods with them', () => {
    const built = kustomize('examples/kustomize');
    const { spec } = one(built, 'Deployment').spec.template;
    const config = one(built, 'ConfigMap');

    expect(spec.containers[0].image).toBe('registry.test/keyfirst/webhook:0.1.0');
    expect(spec.volumes[0].configMap.name).toBe(config.metadata.name);
    expect(config.metadata.name).toMatch(/^keyfirst-[a-z0-9]{10}$/);
    expect(config.metadata.name).not.toBe(one(kustomize('webhook-config'), 'ConfigMap').metadata.name);
    expect(settings(config.data['settings.yaml'])).toMatchObject({
      injector: { image: 'registry.test/keyfirst/injector:0.1.0' },
      stores: { vault: { address: 'https://vault.example.com:8200' } },
    });
    const repositories = built
      .filter(({ kind }) => kind === 'ValidatingAdmissionPolicy')
      .flatMap(({ spec: { variables = [] } }) => variables.filter(({ name }: Rendered) => name === 'repositories'))
      .map(({ expression }) => JSON.parse(expression));
    expect(repositories).toEqual([['registry.test/keyfirst/injector'], ['registry.test/keyfirst/injector']]);
    expect(JSON.stringify(built)).not.toContain('registry.example.com');
  });
});
