import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { fill, tables } from './docs/tables.ts';

/** `npm run generate`: writes the generated tables of the docs anew. */
const generated = await tables();
for (const name of globSync('docs/**/*.md')) {
  const before = readFileSync(name, 'utf8');
  const after = fill(before, generated);
  if (after === before) continue;
  writeFileSync(name, after);
  console.log(`wrote ${name}`);
}
