import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { injectorBundle, injectorStart } from '../../scripts/bundles.ts';

/** The injector as its image has it, in a folder of its own: it starts in a fifth of the time that its source takes. */
export async function bundleInjector(): Promise<Disposable & { main: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'keyfirst-injector-bundle-'));
  for (const bundle of [injectorBundle(folder), injectorStart(folder)]) await build(bundle);
  writeFileSync(join(folder, 'package.json'), '{"type":"commonjs"}');
  return { main: join(folder, 'main.js'), [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}
