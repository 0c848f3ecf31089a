import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KEYS } from '../../../../src/annotations/keys.ts';
import { parseAnnotations } from '../../../../src/annotations/parse.ts';

const context = { stores: { vault: { address: 'https://vault.test', role: 'shop' } }, devStore: true };
const prefixed = (keys: Record<string, string>) =>
  Object.fromEntries(Object.entries(keys).map(([key, value]) => [`keyfirst.dev/${key}`, value]));
const parse = (keys: Record<string, string>, change: Partial<typeof context> = {}) =>
  parseAnnotations(prefixed(keys), { ...context, ...change });
const request = (keys: Record<string, string>, change: Partial<typeof context> = {}) => {
  const result = parse(keys, change);
  if (!result.ok) throw new Error(JSON.stringify(result.issues));
  return result.request;
};
const problems = (keys: Record<string, string>, change: Partial<typeof context> = {}) => {
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
    ['a form of a later release', { 'file.app.env': 'vault://secret/shop/db' }, /`\.env` is not available yet/],
    ['a form of a later release', { 'file.app.yml': 'vault://secret/shop/db' }, /`\.yml` is not available yet/],
    ['a name of the atomic writer', { 'file...data': REF }, /begin with `\.\.`/],
    ['a path without mount', { 'file.a': 'vault://secret#x' }, /<mount>\/<path>/],
    ['dots in the path', { 'file.a': 'vault://secret/../x#x' }, /`\.\.` part/],
    ['an unknown parameter', { 'file.a': 'vault://secret/x?v=1#x' }, /takes no parameter `v`/],
    ['a bad version', { 'file.a': 'vault://secret/x?version=latest#x' }, /positive whole number/],
    ['a misspelt store', { 'file.a': 'vualt://secret/x#x' }, /did you mean `vault`/],
    ['a parameter of the dev store', { 'file.a': 'dev://a?version=1' }, /takes no parameters/],
  ])('refuses %s', (_name, keys, message) => {
    expect(problems(keys, { stores: { ...context.stores, dev: { 'config-map': 'x' } } as never })).toEqual([
      expect.stringMatching(message),
    ]);
  });

  it.each(['azure-kv://v/n', 'aws-sm://n', 'aws-ssm://n', 'gcp-sm://p/s', 'pulumi-esc://o/p/e'])(
    'says that %s is not available yet',
    (reference) => {
      expect(problems({ 'file.a': reference })).toEqual([expect.stringMatching(/not available yet; this version has vault and dev/)]);
    },
  );
});

describe('a pasted value where a reference belongs', () => {
  it.each([
    ['a short form', { 'file.a': 'hunter2-canary' }],
    ['an unknown scheme', { 'file.a': 'canary://hunter2/canary' }],
    ['a connection string', { 'file.a': 'postgres://shop:pw@db/shop?hunter2-canary' }],
    ['a connection string with repeats', { 'file.a': 'postgres://db/shop?canary=1&canary=2' }],
    ['a scheme with a bad escape', { 'file.a': 'postgres://db/shop?canary=%zz' }],
    ['a password in an address', { 'store.vault.address': 'https://admin:canary@vault.test' }],
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
    ['env', /`env` is not available yet/],
    ['prefix', /`prefix` is not available yet/],
    ['template', /`template` is not available yet/],
    ['password', /`password` is not available yet/],
    ['containers', /`containers` is not available yet/],
  ])('says that %s comes later', (name, message) => {
    expect(problems({ secrets: `- {file: a, from: "${REF}", ${name}: x}` })).toEqual([expect.stringMatching(message)]);
  });

  it.each([
    ['- {file: a, from: {db: "vault://a/b"}}', /several references is not available yet/],
    ['- {file: a, from: 3}', /`from` is not a reference/],
    ['- {file: 3, from: "vault://a/b#c"}', /`file` is not text/],
    ['- {from: "vault://a/b#c"}', /no `file`/],
    ['- {file: a}', /no `from`/],
    ['- {file: a, from: "vault://a/b#c", mode: 0400}', /quoted octal/],
    ['- {file: a, from: "vault://a/b#c", mode: "0999"}', /quoted octal/],
    ['- {file: a, from: "vault://a/b#c", mode: "4755"}', /quoted octal/],
    ['- {file: a, from: "vault://a/b#c", optional: "yes"}', /neither true nor false/],
    ['- {file: a, from: "vault://a/b#c", format: dotenv}', /`dotenv` is not available yet/],
    ['- {file: a, from: "vault://a/b#c", format: 3}', /neither raw nor json/],
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
    ['env.DB', /not available yet/],
    ['env-delivery', /not available yet/],
    ['refresh', /not available yet/],
    ['on-change', /not available yet/],
    ['store.valut.role', /did you mean `vault`/],
    ['store.vault.rol', /did you mean `role`/],
    ['store.vault.__proto__', /not a setting of vault/],
    ['store.mine.provider', /not available yet/],
    ['store.azure-kv.client-id', /not available yet/],
    ['store.aws.region', /not available yet/],
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
    expect(problems({ 'file.a': REF, 'file.b': REF }, { stores: {} as never })).toEqual([
      expect.stringMatching(/store\.vault\.address: is needed.*settings\.stores\.vault\.address/),
      expect.stringMatching(/store\.vault\.role: is needed/),
    ]);
  });

  it('are not needed when no file names them', () => {
    expect(problems({ 'store.vault.role': 'own' }, { stores: {} as never })).toEqual([]);
  });

  it.each([
    ['address', 'ftp://x'],
    ['address', 'https://user:pw@x'],
    ['address', 'https://x?a=b'],
    ['address', 'vault:8200'],
    ['auth-path', '/kubernetes'],
    ['auth-path', 'auth/kubernetes'],
    ['auth', 'jwt'],
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
