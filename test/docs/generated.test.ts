import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fill, tables } from '../../scripts/docs/tables.ts';
import { Settings } from '../../src/config/settings.ts';

const DOCS = globSync('docs/**/*.md', { cwd: new URL('../..', import.meta.url) });
const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

describe('generated tables', () => {
  it.each(DOCS)('%s is up to date', async (name) => {
    const text = read(name);

    expect(text, 'run `npm run generate`').toBe(fill(text, await tables()));
  });

  it('are all used somewhere', async () => {
    const all = DOCS.map(read).join('');

    for (const name of Object.keys(await tables())) expect(all).toContain(`<!-- generated: ${name} -->`);
  });
});

describe('docs/operations.md', () => {
  it('names exactly the environment variables that the webhook reads', () => {
    const inCode = new Set(read('src/config/load.ts').match(/\bKEYFIRST_[A-Z_]+\b/g));
    const table = read('docs/operations.md').split('## Environment of the webhook')[1] ?? '';

    expect(new Set(table.match(/\bKEYFIRST_[A-Z_]+\b/g))).toEqual(inCode);
  });
});

describe('docs/settings.md', () => {
  it('names every setting', () => {
    const text = read('docs/settings.md');

    for (const key of Object.keys(Settings.shape)) expect(text).toContain(`\`${key}`);
  });
});
