import { createHash } from 'node:crypto';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { describe, expect, it } from 'vitest';
import { sbom } from '../../../scripts/sbom.ts';

const hash = createHash('sha512').update('archive');
const hex = hash.copy().digest('hex');
const text = sbom({
  program: 'webhook',
  version: '1.2.3',
  node: '24.1.0',
  packages: [
    { name: '@fastify/error', version: '4.2.0', license: 'MIT', integrity: `sha512-${hash.digest('base64')}` },
    { name: 'odd', version: '1.0.0', license: '(BSD-3-Clause OR GPL-2.0)', integrity: undefined },
    { name: 'bare', version: '2.0.0', license: undefined, integrity: 'sha1-abc' },
  ],
});
const bom = JSON.parse(text);

describe('sbom', () => {
  it('is what the standard calls CycloneDX 1.6', async () => {
    expect(await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text)).toBeNull();
  });

  it('names the program, the Node it runs on and each package so that a scanner can find them', () => {
    expect(bom.metadata.component).toMatchObject({ name: 'keyfirst-webhook', version: '1.2.3' });
    expect(bom.components.map(({ purl }: { purl: string }) => purl).sort()).toEqual([
      'pkg:generic/node@24.1.0',
      'pkg:npm/%40fastify/error@4.2.0',
      'pkg:npm/bare@2.0.0',
      'pkg:npm/odd@1.0.0',
    ]);
  });

  it('has the licence and the hash where they are known', () => {
    const byName = new Map(bom.components.map((component: { name: string }) => [component.name, component]));

    expect(byName.get('error')).toMatchObject({
      group: '@fastify',
      licenses: [{ license: { id: 'MIT' } }],
      hashes: [{ alg: 'SHA-512', content: hex }],
    });
    expect(byName.get('odd')).toMatchObject({ licenses: [{ expression: '(BSD-3-Clause OR GPL-2.0)' }] });
    expect(byName.get('bare')).not.toHaveProperty('licenses');
  });

  it('says that the program is made of them', () => {
    const { dependsOn } = bom.dependencies.find(({ ref }: { ref: string }) => ref === 'keyfirst-webhook');

    expect(dependsOn).toHaveLength(4);
  });

  it('is the same text for the same parts', () => {
    expect(text).not.toMatch(/timestamp|serialNumber/);
  });
});
