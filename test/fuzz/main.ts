import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { runAll } from './pool.ts';
import { reportMarkdown, resultLine } from './report.ts';
import { replay } from './run-target.ts';
import { TARGETS } from './targets/index.ts';

/**
 * `npm run fuzz`: a million hostile inputs over all parsers; writes docs/fuzzing.md. `--inputs N` takes another number and
 * `npm run fuzz -- pod template` some targets only; then nothing is written. `--seed S` gives the same inputs again, and
 * with `--path P` runs the one input of a target that a failure names, and makes it smaller. Ends with 1 after a failure.
 */
/** A million and what the targets leave out that are slow by their nature. */
const MILLION = 1_050_000;
const PAGE = 'docs/fuzzing.md';

process.chdir(`${import.meta.dirname}/../..`);
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { inputs: { type: 'string' }, seed: { type: 'string' }, path: { type: 'string' }, threads: { type: 'string' } },
});
const unknown = positionals.filter((name) => !TARGETS.some((one) => one.name === name));
if (unknown.length > 0) {
  console.error(`no such target: ${unknown.join(', ')}; there are ${TARGETS.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}
const targets = positionals.length === 0 ? TARGETS : TARGETS.filter(({ name }) => positionals.includes(name));
const seed = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed);
const [first] = targets;
if (values.path !== undefined && first !== undefined) {
  console.log(await replay(first, seed, values.path));
  process.exit(0);
}

const total = values.inputs === undefined ? MILLION : Number(values.inputs);
console.log(`${total} inputs, seed ${seed}`);
const started = performance.now();
const threads = values.threads === undefined ? Math.min(4, availableParallelism()) : Number(values.threads);
const results = await runAll(total, seed, threads, (result) => console.log(resultLine(result)), targets);
const seconds = Math.round((performance.now() - started) / 1000);
const failed = results.filter(({ failures }) => failures.length > 0);
console.log(`${results.reduce((sum, { inputs }) => sum + inputs, 0)} inputs in ${seconds} s, ${failed.length} targets with failures`);
if (values.inputs === undefined && positionals.length === 0) {
  writeFileSync(PAGE, reportMarkdown(results, { seed, seconds, threads }));
  console.log(`wrote ${PAGE}`);
}
process.exitCode = failed.length > 0 ? 1 : 0;
