import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { settingsSchema } from './chart/settings-schema.ts';
import { valueRows, valuesTable } from './chart/values-table.ts';
import { CHART } from './helm.ts';

const BIOME = join(import.meta.dirname, '../node_modules/@biomejs/biome/bin/biome');
/** Around what is generated in the chart's README. */
const TABLE = /(<!-- values -->\n)[\s\S]*(<!-- \/values -->)/;

/** The chart's README with the table of values made anew from the comments in values.yaml. */
export function renderReadme(readme: string, values: string): string {
  if (!TABLE.test(readme)) throw new Error('README.md has no `<!-- values -->` … `<!-- /values -->`');
  return readme.replace(TABLE, (_, start, end) => `${start}\n${valuesTable(valueRows(values))}\n\n${end}`);
}

/** The chart's schema with `settings` made anew from the webhook's own. */
export function renderSchema(schema: { properties: Record<string, unknown> }): object {
  return { ...schema, properties: { ...schema.properties, settings: settingsSchema() } };
}

if (import.meta.main) {
  const readme = join(CHART, 'README.md');
  const schema = join(CHART, 'values.schema.json');
  writeFileSync(readme, renderReadme(readFileSync(readme, 'utf8'), readFileSync(join(CHART, 'values.yaml'), 'utf8')));
  writeFileSync(schema, JSON.stringify(renderSchema(JSON.parse(readFileSync(schema, 'utf8'))), null, 2));
  execFileSync(process.execPath, [BIOME, 'format', '--write', schema, readme], { stdio: 'pipe' });
}
