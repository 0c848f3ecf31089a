import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, connect } from '../../../src/kube/client.ts';
import { ownerOfCa } from '../../../src/tls/ca-name.ts';
import { selfMadeSource } from '../../../src/tls/self-made-source.ts';
import type { CertificateSource, ServingCertificate } from '../../../src/tls/source.ts';
import { eventually, kubectl, must, run } from '../../support/kubectl.ts';

const NAME = 'keyfirst-ca-bundle-test';

/** Matches no namespace, so that its calls, which nobody answers, never happen. */
const CONFIGURATION = JSON.stringify({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingWebhookConfiguration',
  metadata: { name: NAME },
  webhooks: ['one', 'two'].map((name) => ({
    name: `${name}.keyfirst.dev`,
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    clientConfig: { service: { name: 'nobody', namespace: 'nowhere', path: '/mutate' } },
    namespaceSelector: { matchLabels: { 'keyfirst.dev/no-such-label': 'true' } },
  })),
});

describe.skipIf(process.env.KUBECONFIG === undefined)('caBundle on a real API server', () => {
  let cluster: Cluster;
  const sources: CertificateSource[] = [];
  const warnings: object[] = [];

  const source = (podName: string, lifetime = 24 * 3_600_000) => {
    const made = selfMadeSource({
      configurationName: NAME,
      service: 'keyfirst',
      namespace: 'keyfirst-system',
      podName,
      configurations: cluster,
      // None of the pods of this test exists.
      pods: { podLives: async () => true },
      log: { info: () => undefined, warn: (data) => void warnings.push(data) },
      lifetime,
    });
    sources.push(made);
    return made;
  };
  const entries = async () => {
    const state = await cluster.get(NAME);
    return (state?.caBundles ?? []).map((bundle) =>
      (
        Buffer.from(bundle, 'base64')
          .toString()
          .match(/-----BEGIN[^-]*-----[^-]*-----END[^-]*-----/g) ?? []
      ).map((pem) => new X509Certificate(pem)),
    );
  };
  const pods = async () =>
    (await entries()).map((bundle) =>
      bundle.map(({ subject }) => ownerOfCa(subject)?.podName ?? subject).sort((a, b) => a.localeCompare(b)),
    );
  const everyBundleIs = (what: string, expected: readonly string[]) =>
    eventually(what, async () => JSON.stringify(await pods()) === JSON.stringify([expected, expected]));
  const setBundles = async (text: string) => {
    const caBundle = Buffer.from(text).toString('base64');
    const patch = [0, 1].map((index) => ({ op: 'add', path: `/webhooks/${index}/clientConfig/caBundle`, value: caBundle }));
    await kubectl('patch', 'mutatingwebhookconfiguration', NAME, '--type=json', '-p', JSON.stringify(patch));
  };
  const ready = (...of: CertificateSource[]) => eventually('ready', async () => of.every((one) => one.notReady() === undefined));

  beforeAll(async () => {
    cluster = connect();
    await kubectl('delete', 'mutatingwebhookconfiguration', NAME, '--ignore-not-found');
  });
  afterAll(async () => {
    await Promise.all(sources.map((one) => one.stop()));
    await kubectl('delete', 'mutatingwebhookconfiguration', NAME, '--ignore-not-found');
  });

  it('lives through the life of the configuration', async () => {
    const [a, b] = [source('pod-a'), source('pod-b')];
    await Promise.all([a.start(() => undefined), b.start(() => undefined)]);
    await eventually('says what is missing', async () => /does not exist/.test(a.notReady() ?? ''));

    await must('kubectl', ['apply', '-f', '-'], CONFIGURATION);
    await everyBundleIs('both are added', ['pod-a', 'pod-b']);
    await ready(a, b);

    await setBundles('');
    await everyBundleIs('repaired after a wipe', ['pod-a', 'pod-b']);
    expect([a.notReady(), b.notReady()]).toEqual([undefined, undefined]);

    await setBundles('this is not PEM');
    await everyBundleIs('repaired after nonsense', ['pod-a', 'pod-b']);
    expect([a.notReady(), b.notReady()]).toEqual([undefined, undefined]);

    await must('kubectl', ['apply', '-f', '-'], CONFIGURATION);
    await everyBundleIs('an apply without caBundle changes nothing', ['pod-a', 'pod-b']);

    await kubectl('delete', 'mutatingwebhookconfiguration', NAME);
    await must('kubectl', ['apply', '-f', '-'], CONFIGURATION);
    await everyBundleIs('added to the new object', ['pod-a', 'pod-b']);
    await ready(a, b);
  });

  it('writes as a manager of its own', async () => {
    const managed = await kubectl('get', 'mutatingwebhookconfiguration', NAME, '--show-managed-fields', '-o', 'json');

    expect(JSON.parse(managed).metadata.managedFields.map(({ manager }: { manager: string }) => manager)).toContain('keyfirst');
  });

  it('ten replicas that start at once all end in the bundle', async () => {
    const many = Array.from({ length: 10 }, (_, index) => source(`many-${index}`));

    await Promise.all(many.map((one) => one.start(() => undefined)));
    await ready(...many);

    expect((await pods()).map((bundle) => bundle.filter((pod) => pod.startsWith('many-')).length)).toEqual([10, 10]);
  });

  it('renews, with the new CA in the bundle before the new leaf is served', async () => {
    const renewed: ServingCertificate[] = [];
    const one = source('short-lived', 30_000);
    await one.start((certificate) => void renewed.push(certificate));
    await ready(one);

    // Whether the API server trusts the new leaf, asked in the moment it is served.
    await eventually('renewed', async () => renewed.length > 0);
    const leaf = new X509Certificate(renewed[0]?.certificate ?? '');
    expect((await entries()).every((bundle) => bundle.some((ca) => leaf.checkIssued(ca) && leaf.verify(ca.publicKey)))).toBe(true);

    await eventually('the old CA is gone', async () =>
      (await pods()).every((bundle) => bundle.filter((pod) => pod === 'short-lived').length === 1),
    );
    expect(one.notReady()).toBeUndefined();
    await one.stop();
  });

  it('needs get, watch and patch on this one object and nothing else, and says which of them is missing', async () => {
    await asServiceAccount(async (grant, connectAs) => {
      const problemWith = async (verbs: string) => {
        await grant(verbs);
        const abort = new AbortController();
        const account = connectAs();
        const state = await account.get(NAME);
        if (state !== undefined) await account.patchCaBundles(NAME, state);
        await account.watch(NAME, () => abort.abort(), abort.signal);
        return 'nothing is missing';
      };
      const missing = (verbs: string) =>
        problemWith(verbs).catch((error: Error) => /the verb "(\w+)"/.exec(error.message)?.[1] ?? error.message);

      expect(await missing('watch,patch')).toBe('get');
      expect(await missing('get,watch')).toBe('patch');
      expect(await missing('get,patch')).toBe('watch');
      expect(await missing('get,watch,patch')).toBe('nothing is missing');
    });
  });

  it('finds out the version', async () => {
    expect(await cluster.clusterVersion()).toBeGreaterThanOrEqual(30);
  });
});

/** Runs `work` with a ServiceAccount whose rights on the one object `grant` sets. */
async function asServiceAccount(work: (grant: (verbs: string) => Promise<void>, connectAs: () => Cluster) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'keyfirst-e2e-'));
  const admin = process.env.KUBECONFIG;
  const account = `system:serviceaccount:default:${NAME}`;
  const cleanUp = () => kubectl('delete', 'clusterrole,clusterrolebinding', NAME, '--ignore-not-found');
  try {
    const config = JSON.parse(await kubectl('config', 'view', '--raw', '--minify', '--flatten', '-o', 'json'));
    config.users[0].user.as = account;
    await writeFile(join(folder, 'kubeconfig'), JSON.stringify(config), { mode: 0o600 });
    const grant = async (verbs: string) => {
      await cleanUp();
      const resource = ['--resource=mutatingwebhookconfigurations', `--resource-name=${NAME}`];
      await kubectl('create', 'clusterrole', NAME, `--verb=${verbs}`, ...resource);
      await kubectl('create', 'clusterrolebinding', NAME, `--clusterrole=${NAME}`, `--user=${account}`);
      const allowed = async (verb: string) => {
        const answer = await run('kubectl', ['auth', 'can-i', verb, `mutatingwebhookconfigurations/${NAME}`, `--as=${account}`]);
        return (answer.code === 0) === verbs.split(',').includes(verb);
      };
      await eventually('the rights are in force', async () => (await Promise.all(['get', 'watch', 'patch'].map(allowed))).every(Boolean));
    };
    await work(grant, () => {
      process.env.KUBECONFIG = join(folder, 'kubeconfig');
      try {
        return connect();
      } finally {
        process.env.KUBECONFIG = admin;
      }
    });
  } finally {
    await cleanUp();
    await rm(folder, { recursive: true });
  }
}
