import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildDashboard } from './dashboard/build.ts';
import { CHART } from './helm.ts';

const BIOME = join(import.meta.dirname, '../node_modules/@biomejs/biome/bin/biome');
const FILE = join(CHART, 'files/dashboard.json');

if (import.meta.main) {
  writeFileSync(FILE, JSON.stringify(buildDashboard()));
  execFileSync(process.execPath, [BIOME, 'format', '--write', FILE], { stdio: 'pipe' });
}
