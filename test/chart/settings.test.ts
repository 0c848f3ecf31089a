import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { settingsSchema } from '../../scripts/chart/settings-schema.ts';
import { CHART } from '../../scripts/helm.ts';
import { parseSettings } from '../../src/config/settings.ts';
import { settings } from '../support/pods.ts';
import { CI_VALUES, ciValues, merged, type Rendered, render, requireHelm, settingsFile } from './support/chart.ts';

const settingsOf = (rendered: readonly Rendered[]) => settings(settingsFile(rendered));

describe('the settings file', () => {
  beforeEach(requireHelm);

  it.each(CI_VALUES)('is what the webhook accepts, with %s values', (name) => {
    const values = ciValues(name);
    const { injector, ...rest } = settingsOf(render(values));

    expect({ injector, ...rest }).toMatchObject(values.settings ?? {});
    expect(injector.image).toMatch(/^registry\.test(:5000)?\/keyfirst\/injector:/);
  });

  it('has the image that the values name', () => {
    const image = (changes: object) => {
      const { injector } = settingsOf(render(merged(ciValues('default'), { injector: { image: changes } })));
      return [injector.image, injector.pullPolicy];
    };
    const digest = `sha256:${'b'.repeat(64)}`;

    expect(image({})).toEqual(['registry.test/keyfirst/injector:0.1.0', undefined]);
    expect(image({ tag: '2', pullPolicy: 'Never' })).toEqual(['registry.test/keyfirst/injector:2', 'Never']);
    expect(image({ tag: '2', digest })).toEqual([`registry.test/keyfirst/injector@${digest}`, undefined]);
  });

  it('keeps texts that YAML or a template could change', () => {
    const role = `{{ .Release.Name }} $(X) $$ "' # : yes`;
    const rendered = render(merged(ciValues('default'), { settings: { stores: { vault: { role, namespace: '0123' } } } }));

    expect(settingsOf(rendered).stores).toEqual({ vault: { role, namespace: '0123' } });
  });
});

describe('the schema of settings', () => {
  it("is the webhook's own (`npm run generate` writes it)", () => {
    expect(JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8')).properties.settings).toEqual(settingsSchema());
  });
});

describe('the schema of settings in Helm', () => {
  beforeEach(requireHelm);

  const accepted: object[] = [
    ...['1h', '1m30s', '90s', '00005m'].map((deadline) => ({ defaults: { deadline } })),
    ...['4Mi', '0.5Gi', '.5G', '1e6', '1E6', '+4M', '65536'].map((size) => ({ defaults: { 'size-limit': size } })),
    ...['/a', '/a/b-c/d.e', '/ä b'].map((path) => ({ defaults: { 'mount-path': path } })),
    ...['', '50m', '0.1', '100u', '1e-2'].map((cpu) => ({ injector: { resources: { requests: { cpu } } } })),
    ...['https://v.test', 'HTTP://v.test:8200/base/', 'https://[::1]:8200'].map((address) => ({ stores: { vault: { address } } })),
  ];

  it.each(accepted)('lets pass what the webhook accepts: %j', (changes) => {
    expect(parseSettings(stringify(changes))).toMatchObject({ ok: true });
    expect(() => render(merged(ciValues('default'), { settings: changes }))).not.toThrow();
  });
});
