import { describe, expect, it } from 'vitest';
import { bundledPackages } from '../../../scripts/third-party-licenses.ts';

const output = (inputs: Record<string, number>) => ({
  bytes: 1,
  imports: [],
  exports: [],
  inputs: Object.fromEntries(Object.entries(inputs).map(([file, bytesInOutput]) => [file, { bytesInOutput }])),
});

describe('bundledPackages', () => {
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

    expect(bundledPackages({ outputs })).toEqual([
      'node_modules/@peculiar/x509',
      'node_modules/fastify/node_modules/ajv',
      'node_modules/yaml',
    ]);
  });

  it('leaves out what gave no byte', () => {
    expect(bundledPackages({ outputs: { 'main.js': output({ 'node_modules/yaml/dist/a.js': 0 }) } })).toEqual([]);
  });
});
