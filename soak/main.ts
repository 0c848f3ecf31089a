import { parseArgs } from 'node:util';
import { run } from '../scripts/test/part.ts';

/**
 * `npm run soak`: two replicas on the test cluster under a stream of pod creations while things break; then docs/soak.md is
 * written. `--seconds 600 --rate 20`; a shorter one (`npm run soak -- --seconds 60`) only prints the page. Ends with 1 where
 * a creation failed that should not have.
 */
const PAGE = 'docs/soak.md';
const USUAL = '600';

process.chdir(`${import.meta.dirname}/..`);
const { values } = parseArgs({ options: { seconds: { type: 'string', default: USUAL }, rate: { type: 'string', default: '20' } } });
for (const [name, value] of Object.entries(values)) {
  if (Number.isInteger(Number(value)) && Number(value) > 0) continue;
  console.error(`--${name} ${value} is not a whole number`);
  process.exit(2);
}

const node = process.execPath;
const images = ['webhook', 'injector'].map((name) => `${process.cwd()}/dist/images/${name}.tar`).join(' ');
const environment = {
  IMAGES: images,
  SOAK_SECONDS: values.seconds,
  SOAK_RATE: values.rate,
  ...(Number(values.seconds) >= Number(USUAL) ? { SOAK_PAGE: PAGE } : {}),
};
const steps = [
  [node, 'scripts/build.ts'],
  [node, 'scripts/images.ts'],
  ['test/cluster/cluster.sh', node, 'node_modules/vitest/vitest.mjs', 'run', '--project', 'soak', '--reporter=dot'],
];
for (const step of steps) {
  const { code } = await run(step, { environment });
  if (code === 0) continue;
  process.exitCode = 1;
  break;
}
