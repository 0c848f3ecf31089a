import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import {
  app,
  everStarted,
  lookAround,
  namespace,
  pod,
  remove,
  seen,
  sha256,
  statusOf,
  succeeded,
  untilPhase,
} from '../support/e2e-pods.ts';
import { AUDIENCES, CLIENT, type Clouds, cloudsMissing, ROLE, startClouds, TENANT } from '../support/e2e-stores.ts';
import { create, kubectl, type Manifest, tryCreate } from '../support/kubectl.ts';

const { cluster, vault, noVault } = inject('e2e');
const noClouds = vault === undefined ? noVault : cluster.host === undefined ? 'a cluster of test/cluster only' : await cloudsMissing();
const NAMESPACE = 'kf-stores';
const subjectOf = (account: string) => `system:serviceaccount:${NAMESPACE}:${account}`;

/** What each of them holds, with what a careless program would change. */
const odd = (store: string) => `of ${store}: "it's" $(HOME) $$ << x >> ünï 🔑\r\n\n`;
const VALUES = {
  'azure-kv': odd('azure-kv'),
  'aws-sm': odd('aws-sm'),
  'aws-ssm': odd('aws-ssm'),
  'gcp-sm': odd('gcp-sm'),
  'pulumi-esc': odd('pulumi-esc'),
};
const PASSWORD = 'correct horse battery staple';
const FROM = {
  vault: 'vault://secret/shop/db#password',
  'azure-kv': 'azure-kv://shop-vault/db',
  'aws-sm': 'aws-sm://shop/db',
  'aws-ssm': 'aws-ssm://shop/db',
  'gcp-sm': 'gcp-sm://shop-project/db',
  'pulumi-esc': 'pulumi-esc://acme/shop/prod#db',
};
const HASHES = Object.fromEntries(Object.entries({ vault: PASSWORD, ...VALUES }).map(([store, value]) => [store, sha256(value)]));

const WHO = {
  'keyfirst.dev/store.azure-kv.client-id': CLIENT,
  'keyfirst.dev/store.azure-kv.tenant-id': TENANT,
  'keyfirst.dev/store.aws.role-arn': ROLE,
};
/** The set-ups of Azure Workload Identity and IRSA. */
const ACCOUNT_ANNOTATIONS = {
  'azure.workload.identity/client-id': CLIENT,
  'azure.workload.identity/tenant-id': TENANT,
  'eks.amazonaws.com/role-arn': ROLE,
};
const files = (stores: readonly (keyof typeof FROM)[]) =>
  Object.fromEntries(stores.map((store) => [`keyfirst.dev/file.${store}`, FROM[store]]));
const list = (...entries: object[]) => ({ 'keyfirst.dev/secrets': JSON.stringify(entries) });
const every = Object.keys(FROM) as (keyof typeof FROM)[];
const nameIn = (store: string) => store.replace('-', '_');
const JOINED = {
  file: 'joined/all.txt',
  from: Object.fromEntries(Object.entries(FROM).map(([store, reference]) => [nameIn(store), reference])),
  template: every.map((store) => `<< ${nameIn(store)} >>`).join('|'),
};
const look = (name = 'app') => app(cluster.appImage, lookAround(), { name });

/** Words of the refusal, which are those of what the admin of the store has to change. */
const STRANGER = subjectOf('stranger');
const REFUSALS: Readonly<Record<keyof typeof FROM, readonly string[]>> = {
  vault: [`bound_service_account_names=stranger bound_service_account_namespaces=${NAMESPACE}`, 'audience=vault'],
  'azure-kv': [`--subject '${STRANGER}'`, `--audiences '${AUDIENCES['azure-kv']}'`, 'AADSTS700213'],
  'aws-sm': [`:sub\` is \`${STRANGER}\``, `:aud\` is \`${AUDIENCES['aws-sm']}\``, ROLE],
  'aws-ssm': [`:sub\` is \`${STRANGER}\``, `:aud\` is \`${AUDIENCES['aws-ssm']}\``, ROLE],
  'gcp-sm': [`subject ${STRANGER}, audience ${AUDIENCES['gcp-sm']}`, 'accept this subject'],
  'pulumi-esc': [`subject ${STRANGER}, audience ${AUDIENCES['pulumi-esc']}`, 'with this audience and this subject'],
};

describe.skipIf(noClouds !== undefined)(`all stores at once${noClouds === undefined ? '' : ` (${noClouds})`}`, () => {
  let clouds: Clouds;

  beforeAll(async () => {
    const subjects = [subjectOf('shop'), subjectOf('annotated')];
    clouds = await startClouds({ host: cluster.host ?? '', name: 'host.test', subjects, values: VALUES });
    const account = (name: string, annotations = {}) => ({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name, namespace: NAMESPACE, annotations },
    });
    const start = (name: string, annotations: object, spec: Manifest = {}) =>
      pod(NAMESPACE, name, { ...clouds.places, ...annotations }, { containers: [look()], ...spec });
    await create(
      ...namespace(NAMESPACE),
      account('annotated', ACCOUNT_ANNOTATIONS),
      account('stranger'),
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'clouds-ca', namespace: NAMESPACE }, data: { 'ca.crt': clouds.ca } },
      start('every-store', { ...WHO, ...files(every), ...list(JOINED) }),
      start('by-account', files(['azure-kv', 'aws-sm', 'aws-ssm']), { serviceAccountName: 'annotated' }),
      start(
        'two-views',
        { ...WHO, ...files(['vault']), ...list({ file: 'for-web', from: FROM['aws-sm'], containers: ['web'] }) },
        { containers: [look('web'), look('other')] },
      ),
      start('stranger', { ...WHO, ...files(every) }, { serviceAccountName: 'stranger' }),
      ...every.map((store) => start(`stranger-${store}`, { ...WHO, ...files([store]) }, { serviceAccountName: 'stranger' })),
    );
  });

  afterAll(async () => {
    await remove(NAMESPACE);
    await clouds?.[Symbol.asyncDispose]();
  });

  it('deliver to one pod, each file with the bytes of its store', async () => {
    const found = await succeeded(NAMESPACE, 'every-store');
    const { files: delivered } = await seen(NAMESPACE, 'every-store');

    const { 'joined/all.txt': joined, ...rest } = Object.fromEntries(
      Object.entries(delivered).map(([file, { sha256: hash }]) => [file, hash]),
    );
    expect(rest).toEqual(HASHES);
    expect(joined).toBe(sha256(Object.values({ vault: PASSWORD, ...VALUES }).join('|')));
    const { message } = statusOf(found, 'keyfirst-init').state.terminated;
    for (const reference of Object.values(FROM)) expect(message).toContain(reference);
  });

  it('know the pod by tokens of its own ServiceAccount, one for each audience, which its containers do not see', async () => {
    const { spec } = await succeeded(NAMESPACE, 'every-store');
    const { projected } = spec.volumes.find(({ name }: Manifest) => name === 'keyfirst-identity');
    const audiences = projected.sources.map(({ serviceAccountToken }: Manifest) => serviceAccountToken.audience);

    expect(audiences.toSorted()).toEqual([...new Set(['vault', ...Object.values(AUDIENCES)])].toSorted());
    expect((await seen(NAMESPACE, 'every-store')).keyfirst).toEqual(['/keyfirst/secrets']);
  });

  it("take the annotations of the ServiceAccount for the pod's identity", async () => {
    const { metadata } = await succeeded(NAMESPACE, 'by-account');
    const { files: delivered } = await seen(NAMESPACE, 'by-account');

    const given = Object.keys(metadata.annotations).filter((key) => /client-id|tenant-id|role-arn/.test(key));
    expect(given).toEqual([]);
    for (const store of ['azure-kv', 'aws-sm', 'aws-ssm']) expect(delivered[store]?.sha256).toBe(HASHES[store]);
  });

  it('refuse a pod with neither, and name both places', async () => {
    const bare = pod(
      NAMESPACE,
      'by-nobody',
      { ...clouds.places, ...files(['azure-kv']) },
      { serviceAccountName: 'stranger', containers: [look()] },
    );
    const { code, stderr } = await tryCreate([bare]);

    expect(code).not.toBe(0);
    for (const setting of ['client-id', 'tenant-id']) {
      expect(stderr).toContain(`keyfirst.dev/store.azure-kv.${setting}`);
      expect(stderr).toContain(`azure.workload.identity/${setting}`);
    }
  });

  it.each(every)('refuse the ServiceAccount that nobody trusts, in words for the admin: %s', async (store) => {
    const found = await untilPhase(NAMESPACE, `stranger-${store}`, 'Failed');
    const { exitCode, message } = statusOf(found, 'keyfirst-init').state.terminated;

    expect(everStarted(found, 'app')).toBe(false);
    expect(exitCode).toBe(77);
    for (const words of REFUSALS[store]) expect(message).toContain(words);
    expect(await kubectl('describe', 'pod', `stranger-${store}`, '-n', NAMESPACE)).toContain(message);
  });

  it('tell all refusals of one pod together', async () => {
    const found = await untilPhase(NAMESPACE, 'stranger', 'Failed');
    const { exitCode, message } = statusOf(found, 'keyfirst-init').state.terminated;

    expect(exitCode).toBe(77);
    expect(message).toContain('6 problems');
    // Both stores of AWS refuse for one reason, which is told once.
    expect(message.split(`login as ${ROLE} refused`)).toHaveLength(2);
    // The kubelet takes 4 KiB of a message; what does not fit stands in the log.
    const log = await kubectl('logs', 'stranger', '-n', NAMESPACE, '-c', 'keyfirst-init');
    for (const reference of Object.values(FROM)) expect(log).toContain(reference);
  });

  it('show a file with `containers` to these alone', async () => {
    await succeeded(NAMESPACE, 'two-views');
    const filesOf = async (container: string) => {
      const { files: delivered, mount } = await seen(NAMESPACE, 'two-views', container);
      expect(mount).toMatch(/^tmpfs \/keyfirst\/secrets tmpfs ro,/);
      return Object.fromEntries(Object.entries(delivered).map(([file, { sha256: hash }]) => [file, hash]));
    };

    expect(await filesOf('web')).toEqual({ vault: HASHES.vault, 'for-web': HASHES['aws-sm'] });
    expect(await filesOf('other')).toEqual({ vault: HASHES.vault });
  });
});
