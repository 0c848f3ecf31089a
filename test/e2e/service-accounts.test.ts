import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, connect } from '../../src/kube/client.ts';
import { KubeError } from '../../src/kube/kube-error.ts';
import { type ServiceAccountIdentities, serviceAccountIdentities } from '../../src/kube/service-accounts.ts';
import { withoutApiServer } from '../support/api-server.ts';
import { create, eventually, kubectl } from '../support/kubectl.ts';

const NAMESPACE = 'kf-identities';
const READER = 'keyfirst-identity-reader';
const ROLE = 'eks.amazonaws.com/role-arn';
/** More than a page of the list. */
const MANY = 300;

const roleOf = (name: string) => ({ [ROLE]: `arn:aws:iam::123456789012:role/${name}` });
const account = (name: string, annotations: object = roleOf(name)) => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name, namespace: NAMESPACE, annotations },
});

describe.skipIf(process.env.KUBECONFIG === undefined)('identities of ServiceAccounts on a real API server', () => {
  let cluster: Cluster;
  const reads: string[] = [];
  const warnings: string[] = [];
  const running: ServiceAccountIdentities[] = [];
  const log = { info: () => undefined, warn: (data: object) => void warnings.push(JSON.stringify(data)) };

  const start = (of: Cluster): ServiceAccountIdentities => {
    const counted: Cluster = {
      ...of,
      readServiceAccount(namespace, name, signal) {
        reads.push(name);
        return of.readServiceAccount(namespace, name, signal);
      },
    };
    const identities = serviceAccountIdentities(counted, log);
    running.push(identities);
    return identities;
  };
  const started = async (of = cluster): Promise<ServiceAccountIdentities> => {
    const identities = start(of);
    await eventually('current', async () => identities.state().phase === 'current');
    return identities;
  };

  beforeAll(async () => {
    cluster = connect();
    await create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
    await create(...Array.from({ length: MANY }, (_, index) => account(`account-${index}`)));
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((one) => one.stop()));
    reads.length = 0;
    warnings.length = 0;
  });
  afterAll(async () => {
    await kubectl('delete', 'namespace', NAMESPACE, '--ignore-not-found', '--wait=false');
    await kubectl('delete', 'clusterrole,clusterrolebinding', READER, '--ignore-not-found');
  });

  it('are all known, over several pages, without a read', async () => {
    const identities = await started();

    expect(identities.state().known).toBeGreaterThanOrEqual(MANY);
    for (const name of ['account-0', `account-${MANY - 1}`]) expect(await identities.annotations(NAMESPACE, name)).toEqual(roleOf(name));
    expect(await identities.annotations('default', 'default')).toEqual({});
    expect(reads).toEqual([]);
  });

  it('count from the moment that the ServiceAccount is there, and follow it', async () => {
    const identities = await started();
    const seen = (expected: object) =>
      eventually('the change is seen', async () => {
        const found = await identities.annotations(NAMESPACE, 'fresh');
        return JSON.stringify(found) === JSON.stringify(expected);
      });

    expect(await identities.annotations(NAMESPACE, 'fresh')).toEqual({});
    await create(account('fresh'));
    await seen(roleOf('fresh'));
    await kubectl('annotate', 'serviceaccount', 'fresh', '-n', NAMESPACE, '--overwrite', `${ROLE}=other`);
    await seen({ [ROLE]: 'other' });
    await kubectl('annotate', 'serviceaccount', 'fresh', '-n', NAMESPACE, `${ROLE}-`);
    await seen({});
    await kubectl('delete', 'serviceaccount', 'fresh', '-n', NAMESPACE);
    await create(account('fresh', roleOf('reborn')));
    await seen(roleOf('reborn'));
  });

  it('of one that the cache does not know are read directly', async () => {
    // Never told anything: as a watch that is behind.
    const deaf: Cluster = {
      ...cluster,
      watchServiceAccounts(_version, { onOpen }, signal) {
        onOpen();
        return untilAborted(signal);
      },
    };
    const identities = await started(deaf);
    await create(account('late'));

    expect(await Promise.all(Array.from({ length: 20 }, () => identities.annotations(NAMESPACE, 'late')))).toEqual(
      Array.from({ length: 20 }, () => roleOf('late')),
    );
    expect(reads).toEqual(['late']);
  });

  it('need get, list and watch on ServiceAccounts and nothing else, and say which of them is missing', async () => {
    await create(account(READER, {}));
    const missing = async (verbs: string) => {
      const reader = await grant(verbs);
      const identities = start(reader);
      const read = await identities.annotations(NAMESPACE, 'nobody').catch((error: unknown) => String(error));
      await eventually('an outcome', async () => identities.state().phase === 'current' || warnings.length > 0);
      await identities.stop();
      const text = [...warnings.splice(0), JSON.stringify(read)].join(' ');
      return /the verb \\*"(\w+)\\*" on serviceaccounts, as the chart's ClusterRole does, or set settings.identity.serviceAccounts to false/.exec(
        text,
      )?.[1];
    };

    expect(await missing('list,watch')).toBe('get');
    expect(await missing('get,watch')).toBe('list');
    expect(await missing('get,list')).toBe('watch');
    expect(await missing('get,list,watch')).toBeUndefined();
  });

  it.skipIf(process.env.CLUSTER_DIR === undefined)('outlive the API server, and go on when it is back', async () => {
    const identities = await started();
    await withoutApiServer(join(process.env.CLUSTER_DIR ?? '', 'log/kube-apiserver'), async () => {
      await eventually('stale', async () => identities.state().phase === 'stale');
      expect(await identities.annotations(NAMESPACE, 'account-7')).toEqual(roleOf('account-7'));
      await expect(identities.annotations(NAMESPACE, 'unknown')).rejects.toMatchObject({ code: 'cluster-unreachable' });
      await expect(identities.annotations(NAMESPACE, 'unknown')).rejects.toBeInstanceOf(KubeError);
    });
    await eventually('the API server is back', () => kubectl('get', '--raw', '/readyz').catch(() => undefined));
    await kubectl('annotate', 'serviceaccount', 'account-7', '-n', NAMESPACE, '--overwrite', `${ROLE}=after`);

    await eventually('the change is seen', async () => (await identities.annotations(NAMESPACE, 'account-7'))[ROLE] === 'after');
    expect(identities.state().phase).toBe('current');
    expect(await identities.annotations(NAMESPACE, 'account-8')).toEqual(roleOf('account-8'));

    // The history of a fresh API server begins with its start.
    const handlers = { onOpen: () => undefined, onChange: () => undefined };
    const tooOld = cluster.watchServiceAccounts('1', handlers, AbortSignal.timeout(20_000));
    await expect(tooOld).rejects.toMatchObject({ code: 'cluster-expired' });
  });
});

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** A connection with the token of a ServiceAccount that has these verbs, by whatever way the administrator connects. */
async function grant(verbs: string): Promise<Cluster> {
  await kubectl('delete', 'clusterrole,clusterrolebinding', READER, '--ignore-not-found');
  await kubectl('create', 'clusterrole', READER, `--verb=${verbs}`, '--resource=serviceaccounts');
  await kubectl('create', 'clusterrolebinding', READER, `--clusterrole=${READER}`, `--serviceaccount=${NAMESPACE}:${READER}`);
  const folder = await mkdtemp(join(tmpdir(), 'keyfirst-e2e-'));
  const admin = process.env.KUBECONFIG;
  try {
    const config = JSON.parse(await kubectl('config', 'view', '--raw', '--minify', '--flatten', '-o', 'json'));
    config.users[0].user = { token: (await kubectl('create', 'token', READER, '-n', NAMESPACE)).trim() };
    process.env.KUBECONFIG = join(folder, 'kubeconfig');
    await writeFile(process.env.KUBECONFIG, JSON.stringify(config), { mode: 0o600 });
    const can = (verb: string) =>
      kubectl('auth', 'can-i', verb, 'serviceaccounts', '-A').then(
        () => true,
        () => false,
      );
    const expected = (verb: string) => verbs.split(',').includes(verb);
    await eventually('the rights are in force', async () => {
      const found = await Promise.all(['get', 'list', 'watch'].map(async (verb) => (await can(verb)) === expected(verb)));
      return found.every(Boolean);
    });
    return connect();
  } finally {
    process.env.KUBECONFIG = admin;
    await rm(folder, { recursive: true });
  }
}
