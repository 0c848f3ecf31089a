import { commandPart, type Result, run, vitestPart } from './part.ts';

/**
 * `npm test`: every part after the other, all of them whatever fails, then one line over all. `npm test -- unit docs` runs
 * some parts only. What a machine cannot run is skipped with its reason; with CI=true a skip is a failure.
 */
const script = (name: string) => [process.execPath, `scripts/${name}.ts`];
const CLUSTER = 'test/cluster/cluster.sh';
const DISRUPTIVE = 'test/e2e/disruptive';
const ownCluster = process.env.KUBECONFIG === undefined || process.env.KUBECONFIG === '';

const PARTS: Readonly<Record<string, () => Promise<Result | Result[]>>> = {
  check: () => commandPart('check', script('check')),
  unit: () => vitestPart('unit', { flags: ['--coverage'] }),
  docs: () => vitestPart('docs'),
  fuzz: () => vitestPart('fuzz'),
  cluster: prepareCluster,
  build: () => commandPart('build', script('build')),
  images: () => commandPart('images', script('images')),
  chart: () => vitestPart('chart'),
  integration: () => vitestPart('integration'),
  e2e: endToEnd,
};

/** Why the parts that need our own cluster cannot run here; undefined when they can. */
let noCluster: string | undefined;

async function prepareCluster(): Promise<Result> {
  const started = performance.now();
  const { code } = await run(['test/cluster/build.sh']);
  const seconds = (performance.now() - started) / 1000;
  if (code === 0) return { name: 'cluster', passed: 1, failed: 0, skipped: 0, notes: [], seconds };
  noCluster = 'this machine cannot build the test cluster; what it lacks is said above';
  return { name: 'cluster', passed: 0, failed: 0, skipped: 1, notes: [`skipped: ${noCluster}`], seconds };
}

/**
 * On clusters of our own the files that break the cluster have one to themselves, beside the other: each run waits more than it
 * works. A user's cluster has room for one installation, and so for one run.
 */
async function endToEnd(): Promise<Result | Result[]> {
  if (!ownCluster) return vitestPart('e2e');
  const prerequisites = noCluster === undefined ? await run(['test/cluster/prerequisites.sh', 'run']) : { code: 1 };
  if (prerequisites.code !== 0) {
    const reason = noCluster ?? 'this machine cannot run the test cluster; what it lacks is said above';
    return { name: 'e2e', passed: 0, failed: 0, skipped: 1, notes: [`skipped: all of it, because ${reason}`], seconds: 0 };
  }
  const IMAGES = ['webhook', 'injector'].map((name) => `${process.cwd()}/dist/images/${name}.tar`).join(' ');
  const onCluster = (API_SERVER_FLAGS: string) => ({ wrapper: [CLUSTER], environment: { IMAGES, API_SERVER_FLAGS } });
  // Both ways in which API servers reach webhooks: by the address of the Service, and each call to a pod of its own.
  return Promise.all([
    vitestPart('e2e', { ...onCluster(''), flags: [`--exclude=${DISRUPTIVE}/**`] }),
    vitestPart('e2e', { ...onCluster('--enable-aggregator-routing=true'), flags: [DISRUPTIVE], name: 'disruptive', held: true }),
  ]);
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(PARTS, name));
if (unknown.length > 0) {
  console.error(`no such part: ${unknown.join(', ')}; there are ${Object.keys(PARTS).join(', ')}`);
  process.exit(2);
}

const results: Result[] = [];
for (const [name, part] of Object.entries(PARTS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.log(`\n── ${name} ──`);
  results.push(...[await part()].flat());
}

const sum = (field: 'passed' | 'failed' | 'skipped') => results.reduce((total, result) => total + result[field], 0);
console.log('\n── all parts ──');
for (const { name, passed, failed, skipped, seconds } of results) {
  console.log(`${name.padEnd(12)} ${passed} passed, ${failed} failed, ${skipped} skipped  (${Math.round(seconds)} s)`);
}
for (const { name, notes } of results) for (const note of notes) console.log(`${name}: ${note}`);
const strict = process.env.CI === 'true' && sum('skipped') > 0;
if (strict) console.log('CI=true: skipped tests count as a failure');
console.log(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
process.exitCode = sum('failed') > 0 || strict ? 1 : 0;
