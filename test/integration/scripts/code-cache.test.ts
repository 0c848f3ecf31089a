import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { injectorBundle, injectorStart } from '../../../scripts/bundles.ts';
import { InjectorBox } from '../../support/vault-injector.ts';

describe('code caches of the injector', () => {
  const folder = mkdtempSync(join(tmpdir(), 'keyfirst-code-cache-'));
  beforeAll(async () => {
    for (const bundle of [injectorBundle(folder), injectorStart(folder)]) await build(bundle);
    execFileSync(process.execPath, ['scripts/code-cache.cjs', folder]);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('are taken by the Node that made them, for every part', () => {
    const parts = readdirSync(folder).filter((name) => name.endsWith('.js') && name !== 'main.js');
    const refused = parts.filter((name) => {
      const file = join(folder, name);
      return new Script(readFileSync(file, 'latin1'), { filename: file, cachedData: readFileSync(`${file}.cache`) }).cachedDataRejected;
    });

    expect(parts.length).toBeGreaterThan(10);
    expect(refused).toEqual([]);
  });

  it.each([
    ['with them', () => undefined],
    ['without them', (file: string) => rmSync(file)],
    ['with those of another Node', (file: string) => writeFileSync(file, 'of another Node')],
  ])('%s the injector does the same', async (_what, change) => {
    const copy = `${folder}-copy`;
    cpSync(folder, copy, { recursive: true });
    try {
      for (const name of readdirSync(copy)) if (name.endsWith('.cache')) change(join(copy, name));
      using box = new InjectorBox();
      writeFileSync(join(box.root, 'values.yaml'), 'shop: {db: {password: hunter2}}\n');

      const { exitCode, stderr } = await box.run(
        {
          version: 1,
          identity: { namespace: 'shop', serviceAccount: 'web' },
          deadline: 5000,
          messageBytes: 1000,
          stores: { dev: { provider: 'dev', file: '/values.yaml' } },
          secrets: [{ key: 'k', file: 'p', from: 'dev://shop/db#password', mode: 0o400 }],
        },
        { main: join(copy, 'main.js') },
      );

      expect([exitCode, stderr, box.file('p')]).toEqual([0, '', 'hunter2']);
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  });
});
