import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DirectRun, devRun, directRun } from '../support/direct-run.ts';
import type { FaultedStore } from '../support/faults-expected.ts';
import { missingStores } from '../support/faults-missing.ts';
import { VALUES } from '../support/faults-store.ts';
import { OPEN } from '../support/faults-stores.ts';
import { bundleInjector } from '../support/injector-bundle.ts';

/** What every run loads. */
const CORE = ['app.js', 'main.js'];
const HOOK = join(import.meta.dirname, '../fixtures/loaded-files.cjs');
const MISSING = await missingStores();
const STORES = Object.keys(OPEN) as FaultedStore[];

describe('the bundle of the injector', () => {
  let injector: Awaited<ReturnType<typeof bundleInjector>>;
  beforeAll(async () => {
    injector = await bundleInjector();
  });
  afterAll(() => injector[Symbol.dispose]());

  /** Which files of the bundle the run loads, and what else. */
  async function loadedBy({ box, config }: DirectRun): Promise<string[]> {
    const list = join(box.root, 'loaded.json');
    const env = { NODE_OPTIONS: `--require=${HOOK}`, LOADED_FILES: list };
    const run = await box.run(config, { main: injector.main, env });
    expect([run.exitCode, run.stderr, box.file('first')], run.message).toEqual([0, '', VALUES.first]);
    const files: string[] = JSON.parse(readFileSync(list, 'utf8'));
    return files.map((file) => relative(dirname(injector.main), file)).sort();
  }

  it('has a file for each provider', () => {
    const files = globSync('*.js', { cwd: dirname(injector.main) });

    expect(files).toEqual(expect.arrayContaining([...STORES, 'dev'].map((name) => `${name}.js`)));
    expect(files.length).toBeGreaterThan(STORES.length + CORE.length + 1);
  });

  const titled = STORES.map((name) => [name, MISSING[name] === undefined ? '' : ` (skipped: ${MISSING[name]})`] as const);
  it.for(titled)('loads only the file of %s%s', async ([name], { skip }) => {
    skip(MISSING[name] !== undefined, MISSING[name]);
    await using store = await OPEN[name]();
    const run = directRun(store);
    using _ = run.box;

    expect(await loadedBy(run)).toEqual([...CORE, `${name}.js`].sort());
  });

  it('loads only the file of dev', async () => {
    const run = devRun();
    using _ = run.box;

    expect(await loadedBy(run)).toEqual([...CORE, 'dev.js'].sort());
  });

  it.each([
    ['template', { from: { word: 'dev://first' }, template: '<< word >>' }, ['template.js']],
    ['jmespath', { from: 'dev://map#words[0]' }, ['jmespath.js']],
  ])('loads the file of %s where it is used, and none beside it', async (_, entry, parts) => {
    const { box, config } = devRun();
    using _box = box;
    const secrets = config.secrets.map((secret) => ({ ...secret, ...entry }));

    expect(await loadedBy({ box, config: { ...config, secrets } })).toEqual([...CORE, 'dev.js', ...parts].sort());
  });
});
