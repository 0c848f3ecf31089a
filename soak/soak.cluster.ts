import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import * as z from 'zod';
import { describeMachine } from '../bench/machine.ts';
import { everStarted, namespace, remove } from '../test/support/e2e-pods.ts';
import { upgradeWith } from '../test/support/e2e-release.ts';
import { SYSTEM } from '../test/support/e2e-setup.ts';
import { create, eventually, get, kubectl, type Manifest } from '../test/support/kubectl.ts';
import { apiClient } from './api-client.ts';
import { countAuthorities } from './authorities.ts';
import { faults } from './faults.ts';
import { failures, soakPage } from './page.ts';
import { untilReplicas } from './replicas.ts';
import { ROUTINGS, type RoutingName } from './routing.ts';
import { soak } from './run.ts';
import { countBy } from './tally.ts';

/** `npm run soak`; soak/main.ts sets the environment. */
const settings = z
  .object({
    SOAK_SECONDS: z.coerce.number().default(600),
    SOAK_RATE: z.coerce.number().default(20),
    SOAK_ROUTING: z.enum(Object.keys(ROUTINGS) as RoutingName[]),
    SOAK_FOLDER: z.string().optional(),
  })
  .parse(process.env);
const NAMESPACE = 'kf-soak';
const BARE_NAMESPACE = 'kf-soak-bare';
const LIFETIME = '30s';
const { cluster, vault } = inject('e2e');

it('survives', async () => {
  const { folder } = cluster;
  if (folder === undefined || vault === undefined)
    throw new Error('the soak kills parts of the cluster, so it runs on the one of test/cluster only');
  await upgradeWith('--set', `certificates.lifetime=${LIFETIME}`);
  await create(...namespace(NAMESPACE), ...namespace(BARE_NAMESPACE, { injection: false }));
  await untilReplicas(2);

  using api = await apiClient();
  const all = faults(api, folder);
  const done = new AbortController();
  const counted = countAuthorities(done.signal);
  const { SOAK_SECONDS: seconds, SOAK_RATE: rate, SOAK_ROUTING: routing, SOAK_FOLDER: output } = settings;
  const { creations, spans } = await soak({
    api,
    rate,
    seconds,
    quiet: 10_000,
    image: cluster.appImage,
    namespace: NAMESPACE,
    bareNamespace: BARE_NAMESPACE,
    faults: all,
    tell: (line) => process.stdout.write(`${line}\n`),
  }).finally(() => done.abort());
  const made = creations.filter(({ kind, outcome }) => kind === 'real' && outcome === 'injected').length;
  const ends = await ended(made);

  const version = (await get('node', '-l', 'kubernetes.io/os=linux')).items[0].status.nodeInfo.kubeletVersion;
  const conditions = {
    ...describeMachine(),
    Kubernetes: version,
    replicas: '2',
    'life of a certificate': `${LIFETIME}, renewed after 20 s`,
    'creations a second': `${rate} that ask for secrets, ${rate / 4} that meet no webhook`,
  };
  const page = soakPage(routing, conditions, { creations, spans, authorities: await counted, real: { made, ...ends } });
  if (output !== undefined) writeFileSync(join(output, ROUTINGS[routing].page), page);
  process.stdout.write(`\n${page}`);
  const failed = failures(creations, all);
  if (failed.length > 0) process.stdout.write(await kubectl('get', 'events', '-n', SYSTEM, '--sort-by=.lastTimestamp'));
  await remove(NAMESPACE, BARE_NAMESPACE);
  expect(ends.without).toBe(0);
  expect(countBy(failed, ({ phase, outcome, why }) => `${phase}: ${outcome} ${why}`)).toEqual([]);
});

/** How the pods ended, once none of them runs any more: with their secrets, or with an app that was started without them. */
async function ended(expected: number): Promise<{ succeeded: number; without: number }> {
  const pods = async () => (await get('pods', '-n', NAMESPACE)).items as Manifest[];
  const isOver = ({ status }: Manifest) => status.phase === 'Succeeded' || status.phase === 'Failed';
  const over = async () => {
    const all = await pods();
    return all.length >= expected && all.every(isOver);
  };
  await eventually('all pods have ended', over, { seconds: 180, describe: () => kubectl('get', 'pods', '-n', NAMESPACE) });
  const all = await pods();
  const failed = all.filter(({ status }) => status.phase === 'Failed');
  return { succeeded: all.length - failed.length, without: failed.filter((pod) => everStarted(pod, 'app')).length };
}
