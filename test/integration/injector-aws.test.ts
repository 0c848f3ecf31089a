import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateSecretCommand, DeleteSecretCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { LabelParameterVersionCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Read } from '../../injector/fetch/group-reads.ts';
import { type ReadResult, readStore } from '../../injector/fetch/read-store.ts';
import type { Environment } from '../../injector/providers/aws/region.ts';
import { openAwsSm } from '../../injector/providers/aws-sm/index.ts';
import { openAwsSsm } from '../../injector/providers/aws-ssm/index.ts';
import type { ProviderDeps, Store } from '../../injector/providers/provider.ts';
import type { SecretValue } from '../../injector/providers/value.ts';
import type { AwsSmStore, AwsSsmStore } from '../../src/contract/provider.ts';
import { motoMissing, startMoto, type TestMoto } from '../support/moto.ts';
import { InjectorBox, vaultConfig } from '../support/vault-injector.ts';
import { IDENTITY, serviceAccountToken } from '../support/vault-login.ts';
import { type Fault, startFaultyVault, startTlsVault } from '../support/vault-proxy.ts';

const missing = await motoMissing();
const REGION = 'eu-central-1';
const ACCOUNT = '123456789012';
const ROLE = `arn:aws:iam::${ACCOUNT}:role/shop`;
const TOKEN_FILE = '/keyfirst/identity/aws';
const ODD_TEXTS = [
  ['empty lines', '\n\na\n\n'],
  ['CRLF', 'a\r\nb\r\n'],
  ['quotes', `'"\`$(X) $$ \\n`],
  ['UTF-8', 'ünï – 鍵 🔑'],
  ['spaces', '  a  '],
  ['64 KiB', 'x'.repeat(65_536)],
] as const;
const ALL_BYTES = Uint8Array.from({ length: 1024 }, (_, index) => index % 256);

describe.skipIf(missing !== undefined)(`AWS stores with a real moto server${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let moto: TestMoto;
  let secrets: SecretsManagerClient;
  let parameters: SSMClient;
  const root = mkdtempSync(join(tmpdir(), 'keyfirst-aws-'));
  const kept: string[] = [];
  const deps: ProviderDeps = { root, identity: IDENTITY, connections: 16, keepSecret: (credential) => void kept.push(credential) };
  const arns = new Map<string, string>();
  const versions = new Map<string, string>();

  beforeAll(async () => {
    mkdirSync(join(root, 'keyfirst/identity'), { recursive: true });
    writeFileSync(join(root, TOKEN_FILE), `${serviceAccountToken('sts.amazonaws.com')}\n`);
    moto = await startMoto();
    const admin = { region: REGION, endpoint: moto.address, credentials: { accessKeyId: 'admin', secretAccessKey: 'admin' } };
    secrets = new SecretsManagerClient(admin);
    parameters = new SSMClient(admin);
    await moto.query('iam', {
      Action: 'CreateRole',
      Version: '2010-05-08',
      RoleName: 'shop',
      AssumeRolePolicyDocument: '{"Version":"2012-10-17","Statement":[]}',
    });
    const put = async (name: string, value: { SecretString: string } | { SecretBinary: Uint8Array }) => {
      const { ARN, VersionId } = await secrets.send(new CreateSecretCommand({ Name: name, ...value }));
      arns.set(name, ARN ?? '');
      versions.set(name, VersionId ?? '');
    };
    await put('shop/db', { SecretString: 'one' });
    await secrets.send(new PutSecretValueCommand({ SecretId: 'shop/db', SecretString: 'two' }));
    await put('gone', { SecretString: 'x' });
    await secrets.send(new DeleteSecretCommand({ SecretId: 'gone' }));
    await put('binary', { SecretBinary: ALL_BYTES });
    for (const [name, text] of ODD_TEXTS) await put(`odd/${name.replace(' ', '-')}`, { SecretString: text });
    for (let index = 0; index < 25; index++) await put(`many/${index}`, { SecretString: `value ${index}` });

    const parameter = (Name: string, Value: string, Type: 'String' | 'SecureString' | 'StringList' = 'String') =>
      parameters.send(new PutParameterCommand({ Name, Value, Type, Tier: 'Advanced', Overwrite: true }));
    await parameter('/shop/db/host', 'first');
    await parameter('/shop/db/host', 'second');
    await parameter('/shop/db/host', 'third');
    await parameters.send(new LabelParameterVersionCommand({ Name: '/shop/db/host', ParameterVersion: 2, Labels: ['live'] }));
    await parameter('/shop/db/password', "pä$$'wörd\r\n\n", 'SecureString');
    await parameter('/shop/list', 'a,b,c', 'StringList');
    await parameter('plain', 'no slash');
    for (let index = 0; index < 25; index++) await parameter(`/tree/leaf/${index}`, `value ${index}`);
  });
  afterAll(async () => {
    rmSync(root, { recursive: true, force: true });
    secrets?.destroy();
    parameters?.destroy();
    await moto?.[Symbol.asyncDispose]();
  });

  const base = (address: string) => ({
    region: REGION,
    endpoint: address,
    stsEndpoint: address,
    webIdentity: { tokenFile: TOKEN_FILE, audience: 'sts.amazonaws.com', roleArn: ROLE },
  });
  async function openSm(settings: Partial<AwsSmStore> = {}, env: Environment = {}): Promise<Store> {
    const store = await openAwsSm({ provider: 'aws-sm', ...base(moto.address), ...settings }, deps, env);
    await store.connect(AbortSignal.timeout(20_000));
    return store;
  }
  async function openSsm(settings: Partial<AwsSsmStore> = {}, env: Environment = {}): Promise<Store> {
    const store = await openAwsSsm({ provider: 'aws-ssm', ...base(moto.address), ...settings }, deps, env);
    await store.connect(AbortSignal.timeout(20_000));
    return store;
  }
  const read = (store: Store, path: string, asked: Record<string, string> = {}) =>
    store.read(path, new Map(Object.entries(asked)), AbortSignal.timeout(20_000));
  const value = async (...args: Parameters<typeof read>): Promise<SecretValue> => (await read(...args)).value.reveal();
  /** As the fetch stage reads them: in as few requests as the store can. */
  async function together(store: Store, ...wanted: (string | [path: string, asked: Record<string, string>])[]): Promise<ReadResult[]> {
    const ends = new Map<Read, ReadResult>();
    const reads = wanted.map((entry): Read => {
      const [path, asked] = typeof entry === 'string' ? [entry, {}] : entry;
      return { id: '', store: '', path, parameters: new Map(Object.entries(asked)), reference: path, specs: [] };
    });
    await readStore(store, reads, {
      persist: (_what, request) => request(AbortSignal.timeout(20_000)),
      ended: async (one, result) => void ends.set(one, result),
    });
    return reads.map((one) => ends.get(one) ?? { ok: false, error: new Error('no end') });
  }
  const secretsOf = (results: readonly ReadResult[]) => results.map((result) => (result.ok ? result.secret.value.reveal() : result.error));
  const text = (words: string): SecretValue => ({ kind: 'text', text: words });
  /** Names of the operations that a proxy saw, in order. */
  async function watch<T>(task: (address: string, asked: string[]) => Promise<T>, fault: Fault = () => false): Promise<T> {
    const asked: string[] = [];
    await using proxy = await startFaultyVault(moto.address, (request, response, count) => {
      asked.push(String(request.headers['x-amz-target'] ?? 'sts').replace(/^.*\./, ''));
      return fault(request, response, count);
    });
    return await task(proxy.address, asked);
  }

  describe('Secrets Manager', () => {
    it('reads by name, ARN, version and stage', async () => {
      const store = await openSm();
      const old = versions.get('shop/db') ?? '';

      const newest = await read(store, 'shop/db');
      expect(newest.value.reveal()).toEqual(text('two'));
      expect(newest.version).toMatch(/^[0-9a-f-]{36}$/);
      expect(newest.version).not.toBe(old);
      expect(await value(store, arns.get('shop/db') ?? '')).toEqual(text('two'));
      expect(await read(store, 'shop/db', { version: old })).toMatchObject({ version: old });
      expect(await value(store, 'shop/db', { 'version-id': old })).toEqual(text('one'));
      expect(await value(store, 'shop/db', { 'version-stage': 'AWSPREVIOUS' })).toEqual(text('one'));
      expect(store.identity).toBe(`service account shop/web, role ${ROLE}, audience sts.amazonaws.com`);
    });

    it.each(ODD_TEXTS)('keeps %s byte for byte', async (name, words) => {
      const store = await openSm();

      // Alone and in a batch.
      expect(await value(store, `odd/${name.replace(' ', '-')}`)).toEqual(text(words));
      const [first] = secretsOf(await together(store, `odd/${name.replace(' ', '-')}`, 'shop/db'));
      expect(first).toEqual(text(words));
    });

    it('keeps binary values byte for byte, alone and in a batch', async () => {
      const store = await openSm();
      const alone = await read(store, 'binary');
      const [batched] = await together(store, 'binary', 'shop/db');

      for (const got of secretsOf([{ ok: true, secret: alone }, batched ?? { ok: false, error: 'none' }])) {
        expect(got).toMatchObject({ kind: 'bytes', bytes: expect.anything() });
        expect(Buffer.from((got as { bytes: Uint8Array }).bytes).equals(ALL_BYTES)).toBe(true);
      }
    });

    it('logs in once and batches by 20', async () => {
      await watch(async (address, asked) => {
        const store = await openSm(base(address));
        const names = Array.from({ length: 25 }, (_, index) => `many/${index}`);

        expect(secretsOf(await together(store, ...names))).toEqual(names.map((_, index) => text(`value ${index}`)));
        expect(asked).toEqual(['sts', 'BatchGetSecretValue', 'BatchGetSecretValue']);
      });
    });

    it('tells absent from deleted, and does not spoil the rest of the batch', async () => {
      const store = await openSm();

      const [good, absent, deleted, version] = secretsOf(
        await together(store, 'shop/db', 'none', 'gone', ['shop/db', { version: '00000000-0000-0000-0000-000000000000' }]),
      );

      expect(good).toEqual(text('two'));
      expect(absent).toMatchObject({ code: 'not-found', message: expect.stringContaining('the secret none does not exist') });
      expect(deleted).toMatchObject({
        code: 'not-found',
        message: expect.stringContaining('scheduled for deletion'),
        remedy: expect.stringContaining('restore-secret'),
      });
      expect(version).toMatchObject({ code: 'not-found', remedy: expect.stringContaining('list-secret-version-ids') });
    });

    it('goes to the region of the ARN, whatever the setting says', async () => {
      const signed: string[] = [];
      await watch(
        async (address) => {
          const store = await openSm({ ...base(address), region: 'us-east-1' });
          expect(await value(store, arns.get('shop/db') ?? '')).toEqual(text('two'));
          await expect(value(store, 'shop/db')).rejects.toMatchObject({ code: 'not-found' });
          expect(signed.slice(1)).toEqual([REGION, 'us-east-1']);
        },
        (request) => {
          signed.push(/Credential=[^/]+\/\d+\/([^/]+)/.exec(request.headers.authorization ?? '')?.[1] ?? '');
          return false;
        },
      );
    });
  });

  describe('Parameter Store', () => {
    it.each<[string, Record<string, string>, string, string]>([
      ['shop/db/host', {}, 'third', '3'],
      ['/shop/db/host', {}, 'third', '3'],
      [`arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/shop/db/host`, {}, 'third', '3'],
      ['shop/db/host', { version: '1' }, 'first', '1'],
      ['shop/db/host', { label: 'live' }, 'second', '2'],
      ['shop/db/password', {}, "pä$$'wörd\r\n\n", '1'],
      ['shop/list', {}, 'a,b,c', '1'],
      ['plain', {}, 'no slash', '1'],
    ])('reads %s %j alone and in a batch', async (path, asked, words, version) => {
      const store = await openSsm();
      const alone = await read(store, path, asked);
      const [batched] = await together(store, [path, asked], 'shop/list', ['shop/db/host', { version: '2' }]);

      for (const got of [alone, batched?.ok === true && batched.secret]) {
        expect(got && [got.value.reveal(), got.version]).toEqual([text(words), version]);
      }
    });

    it('batches by ten, and takes two spellings of one name', async () => {
      await watch(async (address, asked) => {
        const store = await openSsm(base(address));
        const names = Array.from({ length: 25 }, (_, index) => `tree/leaf/${index}`);

        const values = secretsOf(await together(store, ...names, '/tree/leaf/24', 'shop/'));

        expect(values.slice(0, 25)).toEqual(names.map((_, index) => text(`value ${index}`)));
        expect(values[25]).toEqual(text('value 24'));
        expect(values[26]).toMatchObject({ map: { list: 'a,b,c' } });
        expect(asked.toSorted()).toEqual(['GetParameters', 'GetParameters', 'GetParameters', 'GetParametersByPath', 'sts']);
      });
    });

    it('tells versions of one batch apart by the selectors that AWS repeats and moto does not', async () => {
      const parameter = (Name: string, Version: number, Selector?: string) => ({
        Name,
        Version,
        Value: `v${Version}`,
        ...(Selector ? { Selector } : {}),
      });
      const answer = { Parameters: [parameter('/a', 1, ':1'), parameter('/a', 2, ':live'), parameter('/b', 7)], InvalidParameters: ['/c'] };
      await watch(
        async (address, asked) => {
          const store = await openSsm({ ...base(address), stsEndpoint: moto.address });
          const results = secretsOf(await together(store, ['/a', { version: '1' }], ['/a', { label: 'live' }], '/b', '/c'));

          expect(results.slice(0, 3)).toEqual(['v1', 'v2', 'v7'].map(text));
          expect(results[3]).toMatchObject({ code: 'not-found' });
          expect(asked).toEqual(['GetParameters']);
        },
        (_request, response) => !!response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer)),
      );
    });

    it('reads a tree page by page, with relative keys', async () => {
      const store = await openSsm();

      const tree = await value(store, 'tree/');
      expect(tree.kind === 'map' && Object.keys(tree.map)).toHaveLength(25);
      expect(tree).toMatchObject({ map: { 'leaf/0': 'value 0', 'leaf/24': 'value 24' } });
      expect(await value(store, '/shop/')).toEqual({
        kind: 'map',
        map: { 'db/host': 'third', 'db/password': "pä$$'wörd\r\n\n", list: 'a,b,c' },
      });
      expect(await value(store, `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/shop/db/`)).toMatchObject({ map: { host: 'third' } });
    });

    it('says what is not there', async () => {
      const store = await openSsm();

      const results = secretsOf(
        await together(
          store,
          'shop/list',
          'shop/none',
          ['shop/db/host', { version: '9' }],
          ['shop/db/host', { label: 'dead' }],
          'shop/nothing/',
        ),
      );

      expect(results[0]).toEqual(text('a,b,c'));
      for (const result of results.slice(1)) expect(result).toMatchObject({ code: 'not-found' });
      expect(results[1]).toMatchObject({ message: expect.stringContaining('the parameter /shop/none does not exist') });
    });
  });

  describe('with policies enforced and signatures checked', () => {
    const allow = (policy: object) =>
      moto.query('iam', {
        Action: 'PutRolePolicy',
        Version: '2010-05-08',
        RoleName: 'shop',
        PolicyName: 'read',
        PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Resource: '*', ...policy }] }),
      });

    it('falls back to single reads when the role may not batch', async () => {
      await allow({ Action: ['secretsmanager:GetSecretValue'] });
      await watch(async (address, asked) => {
        const store = await openSm(base(address));
        await moto.enforcePolicies(true);
        try {
          const values = secretsOf(await together(store, 'many/1', 'many/2', 'many/3'));
          expect(values).toEqual([text('value 1'), text('value 2'), text('value 3')]);
          await together(store, 'many/4', 'many/5');
        } finally {
          await moto.enforcePolicies(false);
        }
        expect(asked).toEqual(['sts', 'BatchGetSecretValue', ...Array<string>(5).fill('GetSecretValue')]);
      });
    });

    it.each([
      ['aws-sm', openAwsSm, 'secretsmanager:GetSecretValue'],
      ['aws-ssm', openAwsSsm, 'ssm:GetParameters'],
    ] as const)('names the missing permission: %s', async (_provider, _open, permission) => {
      await allow({ Action: ['ec2:DescribeInstances'] });
      const store = permission.startsWith('ssm') ? await openSsm() : await openSm();
      await moto.enforcePolicies(true);
      try {
        await expect(value(store, 'shop/db')).rejects.toMatchObject({ code: 'denied', remedy: expect.stringContaining(permission) });
      } finally {
        await moto.enforcePolicies(false);
      }
    });
  });

  describe('in trouble', () => {
    const json = { 'content-type': 'application/x-amz-json-1.1' };
    const fails =
      (type: string, status = 400): Fault =>
      (_request, response) =>
        !!response.writeHead(status, json).end(JSON.stringify({ __type: type, message: 'words' }));

    it.each<[string, Fault, object]>([
      ['a ThrottlingException', fails('ThrottlingException'), { code: 'throttled', status: 400 }],
      [
        '429 with Retry-After',
        (_request, response) => !!response.writeHead(429, { 'retry-after': '3' }).end(),
        { code: 'throttled', status: 429, retryAfter: 3000 },
      ],
      ['500', (_request, response) => !!response.writeHead(500).end('oops'), { code: 'unavailable', status: 500 }],
      ['503', fails('ServiceUnavailable', 503), { code: 'unavailable' }],
      ['a reset', (_request, response) => !!response.destroy(), { code: 'unreachable' }],
      [
        'half an answer',
        (_request, response) => {
          response.writeHead(200, { ...json, 'content-length': '500' });
          response.write('{"Secret', () => response.destroy());
          return true;
        },
        { code: 'unreachable' },
      ],
      ['broken JSON', (_request, response) => !!response.writeHead(200, json).end('{"SecretString":'), { code: 'unavailable' }],
      [
        'a login page',
        (_request, response) => !!response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
        { code: 'protocol' },
      ],
      ['a redirect', (_request, response) => !!response.writeHead(302, { location: '/' }).end(), { code: 'protocol' }],
      ['an empty object', (_request, response) => !!response.writeHead(200, json).end('{}'), { code: /not-found|protocol/ }],
      ['an unknown refusal', fails('SomethingNew'), { code: 'invalid', message: expect.stringContaining('SomethingNew') }],
      ['credentials that AWS does not know', fails('UnrecognizedClientException'), { code: 'login-refused' }],
      ['a wrong clock', fails('RequestExpired'), { code: 'unavailable', remedy: expect.stringContaining('clock') }],
    ])('%s', async (_what, fault, expected) => {
      for (const [open, provider] of [
        [openAwsSm, 'aws-sm'],
        [openAwsSsm, 'aws-ssm'],
      ] as const) {
        await watch(async (address) => {
          const config = { provider, ...base(address), stsEndpoint: moto.address } as never;
          const store = await open(config, deps, {});
          await store.connect(AbortSignal.timeout(20_000));
          const error = await value(store, 'shop/db').catch((reason: unknown) => reason);
          const { code } = expected as { code: string | RegExp };
          expect(error).toMatchObject({ ...expected, code: code instanceof RegExp ? expect.stringMatching(code) : code });
        }, fault);
      }
    });

    it('ends with its signal', async () => {
      await watch(
        async (address) => {
          const store = await openSm({ ...base(address), stsEndpoint: moto.address });
          await expect(store.read('shop/db', new Map(), AbortSignal.timeout(300))).rejects.toMatchObject({ code: 'unreachable' });
        },
        () => true,
      );
    });
  });

  describe('through the whole injector', () => {
    const files = (count: number, from: (index: number) => string) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`f${index}`, from(index)]));
    function config(address: string, entries: Parameters<typeof vaultConfig>[1], deadline = 20_000) {
      const webIdentity = { tokenFile: '/keyfirst/identity/vault', audience: 'sts.amazonaws.com', roleArn: ROLE };
      const store = { ...base(address), webIdentity };
      return {
        ...vaultConfig('http://127.0.0.1:1', entries, { deadline }),
        stores: { 'aws-sm': { provider: 'aws-sm' as const, ...store }, 'aws-ssm': { provider: 'aws-ssm' as const, ...store } },
      };
    }

    it('delivers from both stores and says the versions', async () => {
      using box = new InjectorBox(serviceAccountToken('sts.amazonaws.com'));

      const { exitCode, message, stdout, stderr } = await box.run(
        config(moto.address, {
          db: 'aws-sm://shop/db',
          crlf: 'aws-sm://odd/CRLF',
          host: 'aws-ssm://shop/db/host?label=live',
          password: 'aws-ssm:///shop/db/password',
          'tree.json': 'aws-ssm://shop/db/',
        }),
      );

      expect([exitCode, stderr]).toEqual([0, '']);
      expect(['db', 'crlf', 'host', 'password'].map((name) => box.file(name))).toEqual(['two', 'a\r\nb\r\n', 'second', "pä$$'wörd\r\n\n"]);
      expect(JSON.parse(box.file('tree.json') ?? '')).toEqual({ host: 'third', password: "pä$$'wörd\r\n\n" });
      expect(message).toMatch(/aws-sm:\/\/shop\/db version [0-9a-f-]{36}/);
      expect(message).toContain('aws-ssm://shop/db/host?label=live version 2');
      expect(stdout + message).not.toContain('wörd');
    });

    it('needs few requests, also when AWS throttles', async () => {
      const steps = [true, true, false, true];
      const throttle: Fault = (request, response) =>
        request.headers['x-amz-target'] !== undefined &&
        steps.shift() === true &&
        !!response
          .writeHead(400, { 'content-type': 'application/x-amz-json-1.1' })
          .end('{"__type":"ThrottlingException","message":"Rate exceeded"}');
      await watch(async (address, asked) => {
        using box = new InjectorBox(serviceAccountToken('sts.amazonaws.com'));

        const { exitCode, stdout } = await box.run(
          config(
            address,
            files(25, (index) => `aws-sm://many/${index}`),
          ),
        );

        expect([exitCode, box.file('f24')]).toEqual([0, 'value 24']);
        expect(stdout).toContain('"code":"throttled"');
        // Two batches and three that were throttled: each is tried again as the one request it is.
        expect(asked).toEqual(['sts', ...Array<string>(5).fill('BatchGetSecretValue')]);
      }, throttle);
    });
  });

  it('trusts the extra CA, for STS and the store', async () => {
    await using proxy = await startTlsVault(moto.address, 'localhost');
    const address = proxy.address.replace('127.0.0.1', 'localhost');
    mkdirSync(join(root, 'keyfirst/ca/aws'), { recursive: true });
    writeFileSync(join(root, 'keyfirst/ca/aws/ca.crt'), proxy.certificate);

    const store = await openSm({ ...base(address), caDirectory: '/keyfirst/ca/aws' });
    expect(await value(store, 'shop/db')).toEqual(text('two'));
    await expect(openSm(base(address))).rejects.toMatchObject({ code: 'untrusted' });
  });

  it('keeps every credential from the log', () => {
    expect(kept.some((credential) => credential.split('.').length === 3)).toBe(true);
    expect(kept.length).toBeGreaterThan(3);
  });
});
