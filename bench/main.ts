import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { admissionGrowth } from './admission-growth.ts';
import { admissionLoad } from './admission-load.ts';
import { admissionMemory } from './admission-memory.ts';
import { againstVaultAgent } from './against-vault-agent.ts';
import { ensureBuilt } from './ensure-built.ts';
import { image } from './image.ts';
import { describeMachine } from './machine.ts';
import { manySecrets } from './many-secrets.ts';
import { pageMarkdown, rowMarkdown } from './markdown.ts';
import { providerStart } from './provider-start.ts';
import type { Bench, Rounds, Row } from './row.ts';
import { webhookStart } from './webhook-start.ts';
import { wrapper } from './wrapper.ts';

/**
 * `npm run bench`: every row after the other, printed as it is measured; then docs/benchmarks.md is written. `npm run bench --
 * wrapper image` measures some rows only, `--quick` with a tenth of the rounds, to try them; neither writes the page. Ends
 * with 1 where a goal is not met or a row could not be measured.
 */
const PAGE = 'docs/benchmarks.md';
const ROWS: Readonly<Record<string, Bench>> = {
  admission: admissionLoad,
  'admission-growth': admissionGrowth,
  'admission-memory': admissionMemory,
  'webhook-start': webhookStart,
  'vault-agent': againstVaultAgent,
  'many-secrets': manySecrets,
  'provider-start': providerStart,
  wrapper,
  image,
};

process.chdir(`${import.meta.dirname}/..`);
const quick = process.argv.includes('--quick');
const wanted = process.argv.slice(2).filter((word) => word !== '--quick');
const unknown = wanted.filter((name) => !Object.hasOwn(ROWS, name));
if (unknown.length > 0) {
  console.error(`no such row: ${unknown.join(', ')}; there are ${Object.keys(ROWS).join(', ')}`);
  process.exit(2);
}

const machine = describeMachine();
const [load = 0] = loadavg();
if (load > 0.5) console.error(`The machine is not idle (load ${load.toFixed(1)}): figures will be higher than they need be.`);
await ensureBuilt((line) => console.error(line));

const rounds: Rounds = (usual) => (quick ? Math.max(2, Math.ceil(usual / 10)) : usual);
const rows: Row[] = [];
let failed = false;
for (const [name, bench] of Object.entries(ROWS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  try {
    const row = await bench(rounds);
    rows.push(row);
    console.log(`${rowMarkdown(row)}\n`);
  } catch (error) {
    failed = true;
    console.error(`${name} could not be measured:`, error);
  }
}

if (rows.length === Object.keys(ROWS).length && !quick) {
  writeFileSync(PAGE, pageMarkdown(machine, rows));
  console.error(`wrote ${PAGE}`);
}
const missed = rows.flatMap(({ goals }) => goals).filter(({ met }) => !met);
for (const { text, reached } of missed) console.error(`not met: ${text}; reached ${reached}`);
process.exitCode = failed || missed.length > 0 ? 1 : 0;
