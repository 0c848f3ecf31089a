import { parseArgs } from 'node:util';
import { run } from '../scripts/test/part.ts';
import { ROUTINGS } from './routing.ts';

/**
 * `npm run soak`: two replicas on the test cluster under a stream of pod creations while things break, once for each way in which
 * API servers reach webhooks; then the pages in docs/ are written. `--seconds 600 --rate 20`; a shorter one
 * (`npm run soak -- --seconds 60`) only prints them, `--routing service` does one way. Ends with 1 where a creation failed that should not have.
 */
const USUAL = '600';
const ways = Object.keys(ROUTINGS);

process.chdir(`${import.meta.dirname}/..`);
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: USUAL },
    rate: { type: 'string', default: '20' },
    routing: { type: 'string', multiple: true, default: ways },
  },
});
const { seconds, rate, routing } = values;
for (const [name, value] of Object.entries({ seconds, rate })) {
  if (Number.isInteger(Number(value)) && Number(value) > 0) continue;
  console.error(`--${name} ${value} is not a whole number`);
  process.exit(2);
}
const unknown = routing.filter((name) => !ways.includes(name));
if (unknown.length > 0) {
  console.error(`--routing ${unknown.join(', ')}: there are ${ways.join(', ')}`);
  process.exit(2);
}

const node = process.execPath;
const images = ['webhook', 'injector'].map((name) => `${process.cwd()}/dist/images/${name}.tar`).join(' ');
const environment = {
  IMAGES: images,
  SOAK_SECONDS: seconds,
  SOAK_RATE: rate,
  ...(Number(seconds) >= Number(USUAL) ? { SOAK_FOLDER: 'docs' } : {}),
};
const cluster = ['test/cluster/cluster.sh', node, 'node_modules/vitest/vitest.mjs', 'run', '--project', 'soak', '--reporter=dot'];

for (const script of ['scripts/build.ts', 'scripts/images.ts']) {
  const { code } = await run([node, script]);
  if (code !== 0) process.exit(1);
}
for (const [name, { flag }] of Object.entries(ROUTINGS)) {
  if (!routing.includes(name)) continue;
  const { code } = await run(cluster, { environment: { ...environment, SOAK_ROUTING: name, API_SERVER_FLAGS: flag } });
  if (code !== 0) process.exitCode = 1;
}
