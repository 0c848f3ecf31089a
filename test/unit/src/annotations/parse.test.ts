import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KEYS } from '../../../../src/annotations/keys.ts';
import { type AnnotationContext, parseAnnotations } from '../../../../src/annotations/parse.ts';
import type { ClusterStore } from '../../../../src/stores/layers.ts';

const cluster = (settings: Record<string, string>, more: Partial<ClusterStore> = {}): ClusterStore => ({ settings, locked: [], ...more });
const context: AnnotationContext = {
  stores: { vault: cluster({ address: 'https://vault.test', role: 'shop' }) },
  devStore: true,
  serviceAccount: {},
};
const prefixed = (keys: Record<string, string>) =>
  Object.fromEntries(Object.entries(keys).map(([key, value]) => [`keyfirst.dev/${key}`, value]));
const parse = (keys: Record<string, string>, change: Partial<AnnotationContext> = {}) =>
  parseAnnotations(prefixed(keys), { ...context, ...change });
const request = (keys: Record<string, string>, change: Partial<AnnotationContext> = {}) => {
  const result = parse(keys, change);
  if (!result.ok) throw new Error(JSON.stringify(result.issues));
  return result.request;
};
const problems = (keys: Record<string, string>, change: Partial<AnnotationContext> = {}) => {
  const result = parse(keys, change);
  return result.ok ? [] : result.issues.map(({ key, message }) => `${key}: ${message}`);
};
const REF = 'vault://secret/shop/db#password';

describe('file.<name>', () => {
  it('asks for a file', () => {
    expect(request({ 'file.api-key': REF }).files).toMatchObject([
      { key: 'keyfirst.dev/file.api-key', file: 'api-key', from: { text: REF }, optional: false },
    ]);
  });

  it.each([
    ['a whole Vault secret without a form', { 'file.db': 'vault://secret/shop/db' }, /end the name in \.json/],
    ['a name of the atomic writer', { 'file...data': REF }, /begin with `\.\.`/],
    ['a path without mount', { 'file.a': 'vault://secret#x' }, /<mount>\/<path>/],
    ['dots in the path', { 'file.a': 'vault://secret/../x#x' }, /`\.\.` part/],
    ['an unknown parameter', { 'file.a': 'vault://secret/x?v=1#x' }, /takes no parameter `v`/],
    ['a bad version', { 'file.a': 'vault://secret/x?version=latest#x' }, /positive whole number/],
    ['a misspelt store', { 'file.a': 'vualt://secret/x#x' }, /did you mean `vault`/],
    ['a parameter of the dev store', { 'file.a': 'dev://a?version=1' }, /takes no parameter `version`; it takes none/],
  ])('refuses %s', (_name, keys, message) => {
    expect(problems(keys, { stores: { ...context.stores, dev: cluster({ 'config-map': 'x' }) } })).toEqual([
      expect.stringMatching(message),
    ]);
  });
});

describe('a pasted value where a reference belongs', () => {
  it.each([
    ['a short form', { 'file.a': 'hunter2-canary' }],
    ['an unknown scheme', { 'file.a': 'canary://hunter2/canary' }],
    ['a connection string', { 'file.a': 'postgres://shop:pw@db/shop?hunter2-canary' }],
    ['a connection string with repeats', { 'file.a': 'postgres://db/shop?canary=1&canary=2' }],
    ['a scheme with a bad escape', { 'file.a': 'postgres://db/shop?canary=%zz' }],
    ['a password in an address', { 'store.vault.address': 'https://admin:canary@vault.test' }],
    ['a password in an endpoint', { 'store.azure-kv.endpoint': 'https://admin:canary@{vault}.test' }],
    ['a password in an authority', { 'store.azure-kv.authority': 'http://admin:canary@login.test' }],
    ['a list entry', { secrets: '- {file: a, from: hunter2-canary}' }],
    ['a list that is no YAML', { secrets: '- {file: a, from: "hunter2-canary' }],
    ['a list that is text', { secrets: 'hunter2-canary' }],
    ['a list of text', { secrets: '- hunter2-canary' }],
    ['an unknown entry key', { secrets: '- {file: a, hunter2-canary: b}' }],
    ['a format', { secrets: `- {file: a, from: "${REF}", format: hunter2-canary}` }],
    ['a mode', { secrets: `- {file: a, from: "${REF}", mode: hunter2-canary}` }],
    ['duplicate keys', { secrets: '- {file: hunter2-canary, file: hunter2-canary}' }],
  ])('is not echoed from %s', (_name, keys) => {
    const found = problems(keys);

    expect(found).not.toEqual([]);
    expect(found.join('\n')).not.toContain('canary');
  });

  it('is not echoed in pieces either', () => {
    const secret = fc.string({ minLength: 8, maxLength: 40 }).filter((text) => /[A-Z0-9]{6}/.test(text) && !text.includes('vault://'));
    fc.assert(
      fc.property(fc.oneof(secret, fc.stringMatching(/^[a-z]{3,8}:\/\/[A-Z0-9?&=%#/]{12,30}$/)), (text) => {
        const found = problems({ 'file.a': text }).join('\n');

        for (const [piece] of text.matchAll(/[A-Z0-9]{6,}/g)) expect(found).not.toContain(piece);
      }),
    );
  });

  it('is quoted once it begins with a known store, because then it is a reference', () => {
    expect(problems({ 'file.a': 'vault://x' })).toEqual([expect.stringContaining('"vault://x"')]);
  });
});

describe('secrets', () => {
  it('reads every field of an entry', () => {
    const list = `
      - file: config/db.json
        from: vault://secret/shop/db
        format: json
        mode: "0440"
        optional: true
      - {file: key, from: "${REF}"}`;

    expect(request({ secrets: list, 'file.x': REF }).files).toMatchObject([
      { key: 'keyfirst.dev/secrets[0]', file: 'config/db.json', format: 'json', mode: 0o440, optional: true },
      { key: 'keyfirst.dev/secrets[1]', file: 'key', optional: false },
      { key: 'keyfirst.dev/file.x', file: 'x' },
    ]);
  });

  it.each([
    ['- {file: a, from: {db-1: "vault://a/b"}}', /not a map from names/],
    ['- {file: a, from: {}}', /not a map from names/],
    ['- {file: a.json, from: "vault://a/b#c", password: "vault://a/b#c"}', /goes with `format: pkcs12`/],
    ['- {file: a.json, from: "vault://a/b#c", template: x, format: json}', /leave `format` out/],
    ['- {file: a, from: "vault://a/b#c", template: 3}', /`template` is not text/],
    ['- {file: a, from: "vault://a/b#c", containers: web}', /not a list of names/],
    ['- {file: a, from: 3}', /`from` is not a reference/],
    ['- {file: 3, from: "vault://a/b#c"}', /`file` is not text/],
    ['- {from: "vault://a/b#c"}', /neither `file` nor `env`/],
    ['- {file: a, env: A, from: "vault://a/b#c"}', /both `file` and `env`/],
    ['- {env: 3, from: "vault://a/b#c"}', /`env` is neither the name of a variable, nor a map/],
    ['- {env: 1A, from: "vault://a/b#c"}', /`env` is not the name of a variable/],
    ['- {env: {}, from: "vault://a/b"}', /`env` is an empty map/],
    ['- {env: {A: ""}, from: "vault://a/b"}', /`env.A` is not a property/],
    ['- {env: {A B: x}, from: "vault://a/b"}', /`env` has a name that is not the name of a variable/],
    ['- {env: {A: x}, from: "vault://a/b#c"}', /leave out what follows the `#`/],
    ['- {env: {A: x}, from: {a: "vault://a/b"}}', /give one reference in `from`/],
    ['- {env: {A: x}, from: "vault://a/b", format: json}', /leave `template` and `format` out/],
    ['- {env: A, from: "vault://a/b"}', /a variable holds one value/],
    ['- {env: A, from: "vault://a/b#c", mode: "0400"}', /`mode` goes with `file`/],
    ['- {env: A, prefix: B_, from: "vault://a/b#c"}', /`prefix` goes with `env: "\*"`/],
    ['- {env: "*", prefix: "1 ", from: "vault://a/b"}', /`prefix` cannot begin the name/],
    ['- {file: .keyfirst/x, from: "vault://a/b#c"}', /`\.keyfirst` belongs to Keyfirst/],
    ['- {file: a}', /no `from`/],
    ['- {file: a, from: "vault://a/b#c", mode: 0400}', /quoted octal/],
    ['- {file: a, from: "vault://a/b#c", mode: "0999"}', /quoted octal/],
    ['- {file: a, from: "vault://a/b#c", mode: "4755"}', /quoted octal/],
    ['- {file: a, from: "vault://a/b#c", optional: "yes"}', /neither true nor false/],
    ['- {file: a, from: "vault://a/b#c", format: 3}', /`format` is not one of raw, json/],
    ['- {file: a, from: "vault://a/b", format: raw}', /cannot hold a whole secret/],
    ['- {fiel: a, from: "vault://a/b#c", file: b}', /unknown key `fiel`; did you mean `file`/],
    ['- &a {file: a, from: "vault://a/b#c"}\n- *a', /aliases/],
    ['{}', /not a YAML list/],
    ['- 3', /not a map/],
    ['- [', /not valid YAML at line 1/],
    ['- {file: a, from: "vault://a/b#c"}\n---\n- {file: b, from: "vault://a/b#c"}', /not valid YAML at line/],
    ['- {file: a, from: "vault://a/b#c"}\n...\n- {file: b, from: "vault://a/b#c"}', /not valid YAML at line/],
    ['- {file: a, file: b, from: "vault://a/b#c"}', /one key twice/],
    [`[${'1,'.repeat(2000)}1]`, /2001 entries/],
  ])('refuses %s', (list, message) => {
    expect(problems({ secrets: list })).toEqual([expect.stringMatching(message)]);
  });

  it.each([
    ['brackets without end', '['.repeat(10_000)],
    ['maps without end', '{a: '.repeat(10_000)],
    ['blocks without end', '- '.repeat(10_000)],
    ['faults without end', '[a,b,c]'.repeat(15_000)],
    ['more entries than can be read', '- {file: a, from: "vault://a/b#c"}\n'.repeat(900)],
  ])('refuses %s', (_name, list) => {
    expect(problems({ secrets: list })).toEqual([expect.stringMatching(/more YAML than can be read|nested too deep|not valid YAML/)]);
  });

  it('takes a template as long as the list may be', () => {
    const list = `- {file: a.json, from: "vault://a/b"}\n- file: b\n  from: {a: "vault://a/b"}\n  template: |\n${'    - [{<< a.b >>: x}]\n'.repeat(5000)}`;

    expect(request({ secrets: list }).files).toHaveLength(2);
  });

  it('leaves the stacks of errors as they were', () => {
    const before = Error.stackTraceLimit;
    problems({ secrets: ']' });

    expect(Error.stackTraceLimit).toBe(before);
  });

  it('takes no harm from prototype keys', () => {
    expect(problems({ secrets: '- {file: a, from: "vault://a/b#c", __proto__: {optional: true}}' })).toEqual([
      expect.stringMatching(/unknown key/),
    ]);
  });
});

describe('plain keys', () => {
  it.each([
    ['inject', 'true', 'true'],
    ['containers', 'web, worker,web', ['web', 'worker']],
    ['mount-path', '/etc/secrets', '/etc/secrets'],
    ['deadline', '1m30s', 90_000],
    ['size-limit', '16Mi', '16Mi'],
    ['order', 'last', 'last'],
    ['resources.cpu-request', '', ''],
    ['resources.memory-limit', '256Mi', '256Mi'],
  ])('%s: %j', (key, text, value) => {
    expect(request({ [key]: text }).values).toEqual({ [key]: value });
  });

  it.each([
    ['mount-path', '/proc/1'],
    ['mount-path', '/sys'],
    ['mount-path', '/dev/shm'],
    ['mount-path', '/etc'],
    ['mount-path', '/keyfirst'],
    ['mount-path', '/keyfirst/bin/x'],
    ['inject', 'no'],
    ['inject', 'FALSE'],
    ['containers', 'Web'],
    ['containers', 'web,,worker'],
    ['mount-path', 'secrets'],
    ['mount-path', '/'],
    ['mount-path', '/a/'],
    ['mount-path', '/a/../b'],
    ['mount-path', '/a:b'],
    ['deadline', '5'],
    ['deadline', '2h'],
    ['deadline', '0s'],
    ['size-limit', '0'],
    ['size-limit', '4 Mi'],
    ['order', 'middle'],
    ['resources.cpu-request', 'lots'],
    ['resources.memory-limit', '-1'],
  ])('refuses %s: %j and quotes it', (key, text) => {
    expect(problems({ [key]: text })).toEqual([expect.stringContaining(`keyfirst.dev/${key}: "${text}" is`)]);
  });

  it.each([
    ['/a\nb', /control character/],
    ['/\ud800', /valid Unicode/],
    [`/${'é'.repeat(128)}`, /longer than 255 bytes/],
  ])('refuses the mount path %j', (path, message) => {
    expect(problems({ 'mount-path': path })).toEqual([expect.stringMatching(message)]);
  });

  it('take the example and the default that the table gives for each', () => {
    for (const [key, { example, default: standard }] of Object.entries(KEYS)) {
      const text = key === 'inject' ? 'false' : example;
      expect(problems({ [key]: text }), key).toEqual([]);
      if (/^[\w/-]+$/.test(standard) && standard !== 'none') expect(problems({ [key]: standard }), key).toEqual([]);
    }
  });
});

describe('unknown keys', () => {
  it.each([
    ['deadlin', /did you mean `deadline`/],
    ['fil.db', /did you mean `file\.`/],
    ['env', /its keys are/],
    ['role', /did you mean `store\.vault\.role`/],
    ['resources.cpu', /there are resources\.cpu-request and resources\.cpu-limit/],
    ['store.vault', /names no setting/],
    ['mountpath', /did you mean `mount-path`/],
    ['xyzzy-plugh', /its keys are inject/],
    ['env.1DB', /is not the name of a variable/],
    ['env.', /is not the name of a variable/],
    ['env-delivery', /is not one of auto, file-key-ref, exec/],
    ['refresh', /not available yet/],
    ['on-change', /not available yet/],
    ['store.valut.role', /did you mean `vault`/],
    ['store.vault.rol', /did you mean `role`/],
    ['store.vault.__proto__', /not a setting of vault/],
    ['store.mine.provider', /"x" is not a provider; there are vault/],
    ['store.vault.provider', /is built in/],
    ['store.aws.provider', /is built in/],
    ['store.Mine.provider', /cannot be the name of a store/],
    ['store.mine.role', /for a store of your own set keyfirst\.dev\/store\.mine\.provider too/],
    ['store.azure-kv.client-id', /is not an id like/],
    ['store.aws.region', /is not an AWS region/],
    ['store.aws.role', /not a setting of aws; it has region, role-arn/],
    ['constructor', /not a key of Keyfirst/],
  ])('%s', (key, message) => {
    expect(problems({ [key]: 'x' })).toEqual([expect.stringMatching(message)]);
  });

  it('are an error also when nothing is asked for, and status is none', () => {
    expect(problems({ deadlin: '2m' })).toHaveLength(1);
    expect(problems({ status: 'whatever' })).toEqual([]);
  });

  it('of others are not ours to read', () => {
    expect(parseAnnotations({ 'example.com/file.a': 'x', 'notkeyfirst.dev/file.a': 'x' }, context).ok).toBe(true);
  });
});

describe('every store', () => {
  const settings = {
    'store.azure-kv.client-id': '00000000-1111-2222-3333-444444444444',
    'store.azure-kv.tenant-id': '00000000-1111-2222-3333-555555555555',
    'store.pulumi-esc.organization': 'acme',
  };

  it.each([
    'azure-kv://shop-vault/api-key',
    'azure-kv://shop-vault/api-key/0123456789abcdef0123456789abcdef',
    'azure-kv://shop-vault/site?type=certificate#private-key',
    'aws-sm://shop/db#password',
    'aws-sm://arn:aws-cn:secretsmanager:cn-north-1:111122223333:secret:shop-AbCdEf?version-stage=AWSPREVIOUS#password',
    'aws-ssm://shop/db/host',
    'aws-ssm:///shop/db/host?label=blue',
    'aws-ssm://shop/tree/#db/host',
    'gcp-sm://my-project/shop-db',
    'gcp-sm://my-project/shop-db/7',
    'gcp-sm://projects/123/locations/europe-west3/secrets/shop/versions/latest',
    'pulumi-esc://acme/shop/prod@stable#db.password',
  ])('takes %s', (reference) => {
    expect(problems({ ...settings, 'file.a': reference })).toEqual([]);
  });

  it.each([
    ['azure-kv://shop-vault', /<vault-name>\/<name>/],
    ['azure-kv://-x/name', /vault name/],
    ['azure-kv://shop-vault/a_b', /a name in Key Vault/],
    ['azure-kv://shop-vault/a/latest', /32 hex digits/],
    ['azure-kv://shop-vault/a/0123456789abcdef0123456789abcdef?version=0123456789abcdef0123456789abcdef', /keep one/],
    ['azure-kv://shop-vault/a?type=cert', /not one of secret, certificate, key/],
    ['azure-kv://shop-vault/site?type=certificate', /is a map/],
    ['aws-sm://arn:aws:s3:::x', /an ARN of Secrets Manager/],
    ['aws-sm://a b', /letters, digits/],
    ['aws-sm://a?version=x&version-id=y', /keep one/],
    ['aws-ssm://a?version=1&label=x', /keep one/],
    ['aws-ssm://a?version=x', /positive whole number/],
    ['aws-ssm://tree/?version=1', /takes no parameters/],
    ['aws-ssm://tree/', /is a map/],
    ['aws-ssm://arn:aws:ssm:x', /an ARN of Parameter Store/],
    ['gcp-sm://secret', /<project>\/<secret>/],
    ['gcp-sm://p/s/1?version=2', /keep one/],
    ['pulumi-esc://acme/prod#x', /<org>\/<project>\/<environment>/],
    ['pulumi-esc://acme/shop/prod@1?version=2#x', /keep one/],
    ['pulumi-esc://acme/shop/prod', /is a map/],
    ['vault://secret/a?stage=x#y', /it takes `version`/],
  ])('refuses %s', (reference, message) => {
    expect(problems({ ...settings, 'file.a': reference })).toEqual([expect.stringMatching(message)]);
  });
});

it.each(['authority', 'endpoint'])('refuses plain HTTP for the %s of Azure, which would show the token', (setting) => {
  expect(problems({ [`store.azure-kv.${setting}`]: 'http://{vault}.test' })).toEqual([expect.stringMatching(/https:\/\//)]);
  expect(problems({ 'store.azure-kv.endpoint': 'https://{vault}.test' })).toEqual([]);
});

describe('entries with several sources', () => {
  it('are a map, which needs a form or a template', () => {
    const from = 'from: {db: "vault://a/b", host: "vault://a/c#host"}';

    expect(problems({ secrets: `- {file: a, ${from}}` })).toEqual([expect.stringMatching(/is a map/)]);
    expect(request({ secrets: `- {file: a.yaml, ${from}}` }).files[0]?.from).toMatchObject({
      db: { path: 'a/b' },
      host: { property: 'host' },
    });
    expect(request({ secrets: `- {file: a, template: "<< host >>", ${from}}` }).files[0]?.template).toBe('<< host >>');
  });

  it('name the source that is wrong', () => {
    expect(problems({ secrets: '- {file: a.json, from: {db: "vault://a", pw: "canary"}}' })).toEqual([
      expect.stringMatching(/`from\.db` "vault:\/\/a"/),
      expect.stringMatching(/`from\.pw` is not a reference/),
    ]);
  });
});

describe('stores of their own names', () => {
  const PAYMENTS = 'vault://x/y#z'.replace('vault', 'payments');

  it('inherit the settings of their family, and have their own on top', () => {
    const { stores } = request({ 'file.a': PAYMENTS, 'store.payments.provider': 'vault', 'store.payments.role': 'payer' });

    expect(stores.get('payments')).toMatchObject({ provider: 'vault', settings: { address: 'https://vault.test', role: 'payer' } });
  });

  it('may be named by the admin, whose word on them holds before the pod speaks of the family', () => {
    const stores = { ...context.stores, payments: cluster({ role: 'payments' }, { provider: 'vault' }) };

    const resolved = request({ 'file.a': PAYMENTS, 'store.vault.role': 'shop' }, { stores }).stores.get('payments');

    expect(resolved?.settings.role).toBe('payments');
    expect(problems({ 'file.a': PAYMENTS, 'store.payments.provider': 'dev' }, { stores })).toEqual(
      expect.arrayContaining([expect.stringMatching(/your cluster admin's and has the provider vault/)]),
    );
  });

  it('are unknown without a provider', () => {
    expect(problems({ 'file.a': PAYMENTS })).toEqual([expect.stringMatching(/begins with a store that nobody here knows/)]);
  });

  it('cannot switch the dev store on', () => {
    const keys = { 'file.a': 'mine://a', 'store.mine.provider': 'dev', 'store.mine.config-map': 'x' };

    expect(problems(keys, { devStore: false })).toEqual([expect.stringMatching(/switched off/)]);
  });
});

describe('limits that an admin sets', () => {
  const limited = {
    stores: {
      vault: cluster(
        { address: 'https://vault.test', role: 'shop' },
        { locked: ['role', 'namespace'], allowedAddresses: ['https://vault.test', 'https://two.test/'] },
      ),
    },
  };

  it.each([
    ['the family', { 'store.vault.role': 'x' }, /is locked by your cluster admin \(`settings\.stores\.vault\.locked`\)/],
    ['a store of the pod', { 'store.mine.provider': 'vault', 'store.mine.role': 'x' }, /is locked/],
    ['an address', { 'store.vault.address': 'https://evil.test' }, /not one of the addresses .*https:\/\/vault\.test, https:\/\/two\.test/],
    [
      'an address of a store of the pod',
      { 'store.mine.provider': 'vault', 'store.mine.address': 'https://evil.test' },
      /not one of the addresses/,
    ],
  ])('hold for %s', (_name, keys, message) => {
    expect(problems({ 'file.a': REF, ...keys }, limited)).toEqual([expect.stringMatching(message)]);
  });

  it('leave the rest free', () => {
    expect(problems({ 'file.a': REF, 'store.vault.address': 'https://TWO.test', 'store.vault.audience': 'x' }, limited)).toEqual([]);
  });

  it('of a group bind its families and their stores', () => {
    const stores = { aws: cluster({ region: 'eu-central-1' }, { locked: ['role-arn'], allowedAddresses: [] }) };
    const role = 'arn:aws:iam::111122223333:role/x';

    for (const name of ['aws', 'aws-sm', 'mine']) {
      const keys = {
        ...(name === 'mine' ? { 'store.mine.provider': 'aws-ssm' } : {}),
        [`store.${name}.role-arn`]: role,
        [`store.${name}.endpoint`]: 'https://x',
      };
      expect(problems(keys, { stores }), name).toEqual([
        expect.stringMatching(/is locked/),
        expect.stringMatching(/not one of the addresses.*none/),
      ]);
    }
  });
});

describe('the ServiceAccount', () => {
  const AZURE = 'azure-kv://shop-vault/a';
  const CLIENT = '00000000-1111-2222-3333-444444444444';
  const OTHER = '00000000-1111-2222-3333-999999999999';
  const serviceAccount = { 'azure.workload.identity/client-id': CLIENT, 'azure.workload.identity/tenant-id': CLIENT };
  const stores = { 'azure-kv': cluster({ 'client-id': OTHER, 'tenant-id': OTHER }) };
  const clientOf = (keys: Record<string, string>, change: Partial<AnnotationContext>) =>
    request({ 'file.a': AZURE, ...keys }, change).stores.get('azure-kv')?.settings['client-id'];

  it('alone is enough, stands before the cluster and behind the pod', () => {
    expect(clientOf({}, { serviceAccount, stores: {} })).toBe(CLIENT);
    expect(clientOf({}, { serviceAccount, stores })).toBe(CLIENT);
    expect(clientOf({}, { stores })).toBe(OTHER);
    expect(clientOf({ 'store.azure-kv.client-id': OTHER }, { serviceAccount })).toBe(OTHER);
  });

  it('is named where something is missing', () => {
    expect(problems({ 'file.a': AZURE }, { stores: {} })).toEqual([
      expect.stringMatching(/client-id: is needed.*`azure\.workload\.identity\/client-id` on the pod's ServiceAccount/),
      expect.stringMatching(/tenant-id: is needed/),
    ]);
  });

  it('gives an AWS role; without one there is none, because EKS Pod Identity may be there', () => {
    const role = 'arn:aws:iam::111122223333:role/shop';
    const roleOf = (account: Record<string, string>) =>
      request({ 'file.a': 'aws-sm://a' }, { serviceAccount: account }).stores.get('aws-sm')?.settings['role-arn'];

    expect(roleOf({ 'eks.amazonaws.com/role-arn': role })).toBe(role);
    expect(roleOf({})).toBeUndefined();
  });
});

describe('stores', () => {
  it('merge built-in defaults, the cluster and the pod, the pod last', () => {
    const { stores } = request({ 'file.a': REF, 'store.vault.role': 'own', 'store.vault.namespace': 'team' });

    expect(stores.get('vault')?.settings).toEqual({
      address: 'https://vault.test',
      role: 'own',
      namespace: 'team',
      'auth-path': 'kubernetes',
      auth: 'kubernetes',
    });
  });

  it('say which required settings are missing, once a store', () => {
    expect(problems({ 'file.a': REF, 'file.b': REF }, { stores: {} })).toEqual([
      expect.stringMatching(/store\.vault\.address: is needed.*settings\.stores\.vault\.address/),
      expect.stringMatching(/store\.vault\.role: is needed/),
    ]);
  });

  it('are not needed when no file names them', () => {
    expect(problems({ 'store.vault.role': 'own' }, { stores: {} })).toEqual([]);
  });

  it.each([
    ['address', 'ftp://x'],
    ['address', 'https://user:pw@x'],
    ['address', 'https://x?a=b'],
    ['address', 'vault:8200'],
    ['auth-path', '/kubernetes'],
    ['auth-path', 'auth/kubernetes'],
    ['auth', 'token'],
    ['role', ''],
    ['ca-config-map', 'Not_A_Name'],
  ])('refuse %s: %j', (setting, value) => {
    expect(problems({ 'file.a': REF, [`store.vault.${setting}`]: value })).toHaveLength(1);
  });

  it('refuse the dev store where it is switched off', () => {
    expect(problems({ 'file.a': 'dev://a', 'store.dev.config-map': 'x' }, { devStore: false })).toEqual([
      expect.stringMatching(/switched off/),
    ]);
  });
});

describe('clashes', () => {
  it.each([
    [{ secrets: `- {file: a, from: "${REF}"}`, 'file.a': REF }, /which keyfirst\.dev\/secrets\[0\] asks for already/],
    [{ secrets: `- {file: a/b, from: "${REF}"}`, 'file.a': REF }, /makes `a` a file/],
  ])('%j', (keys, message) => {
    expect(problems(keys)).toEqual([expect.stringMatching(message)]);
  });
});

it('reports all problems at once, each with its key', () => {
  const found = problems({ deadline: 'x', 'file.a': 'nope', secrets: '- {}', bogus: '1', 'store.vault.role': '' });

  expect(found.map((line) => line.split(': ')[0])).toEqual([
    'keyfirst.dev/deadline',
    'keyfirst.dev/secrets[0]',
    'keyfirst.dev/secrets[0]',
    'keyfirst.dev/bogus',
    'keyfirst.dev/store.vault.role',
    'keyfirst.dev/file.a',
  ]);
});

it('never throws and never quotes a value of a reference or the list, whatever the annotations', () => {
  const name = fc.oneof(
    fc.constantFrom('file.a', 'secrets', 'file.', 'env.X', 'inject', 'store.vault.role', 'store.', 'store.vault.'),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.dictionary(name, fc.string({ minLength: 13 })), (keys) => {
      const result = parseAnnotations(prefixed(keys), context);

      if (result.ok) return;
      for (const { key, message } of result.issues) {
        const value = keys[key.replace('keyfirst.dev/', '').replace(/\[\d+\]$/, '')] ?? '';
        if (key.startsWith('keyfirst.dev/file.') || key.startsWith('keyfirst.dev/secrets'))
          expect(message.includes(value)).toBe(value === '');
      }
    }),
    { numRuns: 1000 },
  );
});
