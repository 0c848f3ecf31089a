import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { issueCertificate } from '../src/tls/authority.ts';
import { clusterProcess } from '../test/support/cluster-process.ts';
import { SYSTEM } from '../test/support/e2e-setup.ts';
import { admissionsOf, restartWebhook, webhookPods } from '../test/support/e2e-webhook.ts';
import { eventually } from '../test/support/kubectl.ts';
import type { ApiClient } from './api-client.ts';
import { webhookConfiguration } from './authorities.ts';
import { replicaProcesses, untilReplicas } from './replicas.ts';

/** Something done to the cluster; its phase lasts until `run` is done and a little longer. */
export interface Fault {
  readonly name: string;
  /** Refusals that no webhook can prevent meanwhile: the API server asks one replica once. Absent: there must be none. */
  readonly mayRefuse?: RegExp;
  run(): Promise<void>;
}

export const PAUSE = 'a replica is paused for 15 s';
/** The API server knows a dead replica's address until the kubelet has seen its end. */
const DEAD = /connection refused|connection reset|EOF/;
/** From the removal until a replica has written the bundle anew. */
const UNTRUSTED = /x509|unable to parse bytes as PEM/;
/** It answers nothing until its probe has failed three times. */
const SILENT = /deadline exceeded|timeout|Client\.Timeout/;
const REPLICAS = 2;

/** The faults of one round, in order. `log`: the API server's log file. */
export function faults(api: ApiClient, folder: string): readonly Fault[] {
  return [
    { name: 'each replica is replaced (rollout)', run: restartWebhook },
    { name: 'a replica is killed (SIGKILL)', mayRefuse: DEAD, run: killOne },
    { name: '`caBundle` is removed', run: () => setBundle(api, undefined) },
    { name: '`caBundle` is nonsense', run: () => setBundle(api, 'this is not PEM') },
    { name: "`caBundle` is somebody else's", mayRefuse: UNTRUSTED, run: () => replaceBundle(api) },
    { name: 'the API server restarts', run: () => restartApiServer(api, join(folder, 'log/kube-apiserver')) },
    { name: PAUSE, mayRefuse: SILENT, run: pauseOne },
  ];
}

async function killOne(): Promise<void> {
  process.kill(await busiest(), 'SIGKILL');
  // The kubelet takes a moment to see it.
  await wait(3000);
  await untilReplicas(REPLICAS);
}

async function pauseOne(): Promise<void> {
  const pid = await busiest();
  process.kill(pid, 'SIGSTOP');
  try {
    await wait(15_000);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  await untilReplicas(REPLICAS);
}

/** The replica that is asked the most at the moment: nobody would miss one that the API server has no connection to. */
async function busiest(): Promise<number> {
  const pods = await webhookPods();
  const answered = () => Promise.all(pods.map(admissionsOf));
  const before = await answered();
  await wait(1000);
  const after = await answered();
  const rates = after.map((count, index) => count - (before[index] ?? 0));
  const pod = pods[rates.indexOf(Math.max(...rates))];
  const pid = pod && (await replicaProcesses()).get(pod.metadata.name);
  if (pid === undefined) throw new Error('no replica runs');
  return pid;
}

/** A CA that signed nothing, of a pod that does not exist. */
async function replaceBundle(api: ApiClient): Promise<void> {
  const { ca } = await issueCertificate({
    podName: 'nobody',
    service: 'keyfirst',
    namespace: SYSTEM,
    now: new Date(),
    lifetime: 3_600_000,
  });
  await setBundle(api, ca);
}

async function setBundle(api: ApiClient, text: string | undefined): Promise<void> {
  const { metadata, webhooks } = await webhookConfiguration();
  const patch = Object.keys(webhooks).map((index) => {
    const path = `/webhooks/${index}/clientConfig/caBundle`;
    return text === undefined ? { op: 'remove', path } : { op: 'add', path, value: Buffer.from(text).toString('base64') };
  });
  const path = `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${metadata.name}`;
  const done = await api.send('PATCH', path, JSON.stringify(patch), 'application/json-patch+json');
  if (!('status' in done) || done.status !== 200) throw new Error(`caBundle could not be written: ${JSON.stringify(done).slice(0, 300)}`);
  await wait(3000);
}

async function restartApiServer(api: ApiClient, log: string): Promise<void> {
  const server = clusterProcess('kube-apiserver');
  await server.kill();
  await wait(1000);
  server.start(log);
  await eventually('the API server is ready', async () => {
    const answer = await api.send('GET', '/readyz');
    return 'status' in answer && answer.status === 200;
  });
  await untilReplicas(REPLICAS);
}
