import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { stringify } from 'yaml';
import { kubectl, must, run } from '../test/support/kubectl.ts';
import { buildDashboard } from './dashboard/build.ts';
import { RECORDING, type Recording, type Series } from './dashboard/recording.ts';
import { CHART } from './helm.ts';
import { findPrometheus } from './prometheus.ts';

/*
 * `test/cluster/cluster.sh` runs this: the chart on the test cluster, a Prometheus that scrapes it and the API server, some
 * minutes of load with all that the panels tell of, and then each panel's queries. Fails if a query gives nothing.
 */
const SYSTEM = 'keyfirst-system';
const APPS = 'kf-dashboard';
const STEP = 2;
const SECONDS = Number(process.env.RECORD_SECONDS ?? 300);
const PROMETHEUS = 'http://127.0.0.1:9095';

const image = (name: string) => ({ repository: `localhost/keyfirst/${name}`, tag: 'dev' });
const settings = { stores: { vault: { address: 'http://vault.test:8200', role: 'shop' } } };
const values = { webhook: { image: image('webhook') }, injector: { image: image('injector') }, settings };
await must('helm', ['install', 'keyfirst', CHART, '-n', SYSTEM, '--create-namespace', '--wait', '--values', '-'], JSON.stringify(values));
await kubectl('create', 'namespace', APPS);
await kubectl('label', 'namespace', APPS, 'keyfirst.dev/injection=enabled');

const proxy = spawn('kubectl', ['proxy', '--port=8001'], { stdio: 'ignore' });
const folder = mkdtempSync(join(tmpdir(), 'prometheus-'));
writeFileSync(join(folder, 'prometheus.yml'), stringify(configuration()));
await wait(1000);
await findTargets();
const seeking = setInterval(() => void findTargets().catch(() => undefined), 1000);
const { prometheus } = await findPrometheus(process.env);
const server = spawn(
  prometheus,
  [`--config.file=${folder}/prometheus.yml`, `--storage.tsdb.path=${folder}/data`, '--web.listen-address=127.0.0.1:9095'],
  { stdio: ['ignore', 'ignore', 'inherit'] },
);
try {
  await wait(5000);
  const from = Date.now() / 1000;
  const over = new AbortController();
  await Promise.all([load(over.signal), incidents().finally(() => over.abort())]);
  await wait(2 * STEP * 1000);
  const recording = await record(from, Date.now() / 1000);
  mkdirSync(dirname(RECORDING), { recursive: true });
  writeFileSync(RECORDING, JSON.stringify(recording));
  const empty = Object.entries(recording.answers).flatMap(([key, series]) => (series.length === 0 ? [key] : []));
  if (empty.length > 0) throw new Error(`no data for ${empty.join(', ')}`);
} finally {
  clearInterval(seeking);
  server.kill();
  proxy.kill();
}

/** Debian's Prometheus knows no Kubernetes, hence a file of targets, which are reached by way of the API server. */
function configuration(): object {
  return {
    global: { scrape_interval: `${STEP}s` },
    scrape_configs: [
      { job_name: 'pods', file_sd_configs: [{ files: ['targets.json'], refresh_interval: '1s' }] },
      { job_name: 'apiserver', static_configs: [{ targets: ['127.0.0.1:8001'] }] },
    ],
  };
}

/** Writes the webhook's pods that run, with the labels that the Prometheus Operator gives to what a ServiceMonitor finds. */
async function findTargets(): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:8001/api/v1/namespaces/${SYSTEM}/pods?fieldSelector=status.phase%3DRunning`);
  const { items } = (await answer.json()) as { items: { metadata: { name: string } }[] };
  const found = items.map(({ metadata: { name: pod } }) => ({
    targets: ['127.0.0.1:8001'],
    labels: { job: 'keyfirst', namespace: SYSTEM, pod, __metrics_path__: `/api/v1/namespaces/${SYSTEM}/pods/${pod}:9090/proxy/metrics` },
  }));
  // Whole at once: Prometheus reads it when it changes.
  writeFileSync(join(folder, 'targets.new'), JSON.stringify(found));
  renameSync(join(folder, 'targets.new'), join(folder, 'targets.json'));
}

/** Creations of pods with `dryRun`, in waves: most ask for a secret, some of them wrongly. */
async function load(over: AbortSignal): Promise<void> {
  const annotations = (n: number) => ({
    'keyfirst.dev/file.db': n % 40 === 0 ? 'vault//typo' : 'vault://secret/shop/db#password',
    ...(n % 55 === 0 ? { 'keyfirst.dev/inject': 'false' } : {}),
  });
  const worker = async (seat: number) => {
    for (let n = seat; !over.aborted; n += 4) {
      const body = {
        metadata: { generateName: 'app-', annotations: annotations(n) },
        spec: {
          nodeSelector: n % 90 === 0 ? { 'kubernetes.io/os': 'windows' } : {},
          containers: [{ name: 'app', image: 'localhost/busybox:1', command: ['true'] }],
        },
      };
      await fetch(`http://127.0.0.1:8001/api/v1/namespaces/${APPS}/pods?dryRun=All`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }).then(
        (answer) => answer.arrayBuffer(),
        () => undefined,
      );
      await wait(20 + 60 * (1 + Math.sin((Date.now() / 1000) * 0.05)));
    }
  };
  await Promise.all([0, 1, 2, 3].map(worker));
}

/** What a dashboard is there for: malformed reviews, a replaced replica, nobody there at all, pods that nobody completed. */
async function incidents(): Promise<void> {
  await wait(SECONDS * 150);
  for (let n = 0; n < 60; n++) {
    const [pod = ''] = (await kubectl('get', 'pods', '-n', SYSTEM, '-o', 'name')).trim().split('\n');
    await run('kubectl', [
      'create',
      '--raw',
      `/api/v1/namespaces/${SYSTEM}/pods/https:${pod.slice(4)}:8443/proxy/mutate`,
      '-f',
      '/dev/null',
    ]);
  }
  await kubectl('rollout', 'restart', '-n', SYSTEM, 'deployment/keyfirst');
  await kubectl('rollout', 'status', '-n', SYSTEM, 'deployment/keyfirst');
  await wait(SECONDS * 150);
  await kubectl('scale', '-n', SYSTEM, 'deployment/keyfirst', '--replicas=0');
  await wait(SECONDS * 100);
  await kubectl('scale', '-n', SYSTEM, 'deployment/keyfirst', '--replicas=2');
  await kubectl('rollout', 'status', '-n', SYSTEM, 'deployment/keyfirst');
  await wait(SECONDS * 100);
  const deleted = await kubectl('get', 'mutatingwebhookconfiguration', '00-keyfirst', '-o', 'yaml');
  await kubectl('delete', 'mutatingwebhookconfiguration', '00-keyfirst');
  await wait(SECONDS * 50);
  await must('kubectl', ['create', '-f', '-'], deleted.replaceAll(/^ {2}(resourceVersion|uid): .*\n/gm, ''));
}

/** Every query over the whole time, with what Grafana would put in the place of its variables. */
async function record(from: number, to: number): Promise<Recording> {
  const answers: Record<string, readonly Series[]> = {};
  for (const panel of buildDashboard().panels ?? []) {
    const targets = 'targets' in panel ? (panel.targets ?? []) : [];
    for (const { refId, expr } of targets as unknown as { refId: string; expr: string }[]) {
      const query = expr
        .replaceAll('$__rate_interval', `${STEP * 8}s`)
        .replaceAll('$job', 'keyfirst')
        .replaceAll('[[fullname]]', 'keyfirst');
      const parameters = new URLSearchParams({ query, start: String(from), end: String(to), step: String(STEP) });
      const answer = (await (await fetch(`${PROMETHEUS}/api/v1/query_range?${parameters.toString()}`)).json()) as {
        error?: string;
        data: { result: { metric: Record<string, string>; values: [number, string][] }[] };
      };
      if (answer.error !== undefined) throw new Error(`${expr}: ${answer.error}`);
      answers[`${panel.id}${refId}`] = answer.data.result.map(({ metric, values: points }) => ({
        labels: metric,
        points: points.flatMap(([time, value]) => (value === 'NaN' ? [] : [[time, Number(value)] as const])),
      }));
    }
  }
  return { from, to, answers };
}
