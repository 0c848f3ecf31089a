import { describe, expect, it } from 'vitest';
import { bundledPackages, packageFolders } from '../../../scripts/bundled-packages.ts';

const output = (inputs: Record<string, number>) => ({
  bytes: 1,
  imports: [],
  exports: [],
  inputs: Object.fromEntries(Object.entries(inputs).map(([file, bytesInOutput]) => [file, { bytesInOutput }])),
});

describe('packageFolders', () => {
  it('finds plain, scoped and nested packages of every output, once each', () => {
    const outputs = {
      'main.js': output({
        'src/main.ts': 1,
        'node_modules/yaml/dist/a.js': 1,
        'node_modules/yaml/dist/b.js': 1,
        'node_modules/@peculiar/x509/x.js': 1,
      }),
      'chunk.js': output({ 'node_modules/fastify/node_modules/ajv/lib/ajv.js': 1, 'node_modules/yaml/dist/a.js': 1 }),
    };

    expect(packageFolders({ outputs })).toEqual([
      'node_modules/@peculiar/x509',
      'node_modules/fastify/node_modules/ajv',
      'node_modules/yaml',
    ]);
  });

  it('leaves out what gave no byte', () => {
    expect(packageFolders({ outputs: { 'main.js': output({ 'node_modules/yaml/dist/a.js': 0 }) } })).toEqual([]);
  });
});

describe('bundledPackages', () => {
  it('tells name, version, licence and the hash of the lock file', async () => {
    const [found] = await bundledPackages({ outputs: { 'main.js': output({ 'node_modules/yaml/dist/a.js': 1 }) } });

    expect(found).toEqual({
      folder: 'node_modules/yaml',
      name: 'yaml',
      version: expect.stringMatching(/^\d/),
      license: 'ISC',
      integrity: expect.stringMatching(/^sha512-/),
    });
  });

  it('refuses a licence that nobody has looked at, by name', async () => {
    const outputs = { 'main.js': output({ 'node_modules/lightningcss/x.js': 1 }) };

    await expect(bundledPackages({ outputs })).rejects.toThrow(/lightningcss \S+ \(MPL-2\.0\); see LICENSES/);
  });
});
