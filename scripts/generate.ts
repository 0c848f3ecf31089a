import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fill, tables } from './docs/tables.ts';

/** `npm run generate`: writes the generated tables of the docs anew. */
const generated = await tables();
for (const name of readdirSync('docs').filter((file) => file.endsWith('.md'))) {
  const before = readFileSync(`docs/${name}`, 'utf8');
  const after = fill(before, generated);
  if (after === before) continue;
  writeFileSync(`docs/${name}`, after);
  console.log(`wrote docs/${name}`);
}
