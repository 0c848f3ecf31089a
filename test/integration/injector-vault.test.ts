import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort, startVault, type TestVault, vaultMissing } from '../support/vault.ts';
import { InjectorBox, type InjectorRun, vaultConfig } from '../support/vault-injector.ts';
import { enableJwtAuth, enableKubernetesAuth, serviceAccountToken } from '../support/vault-login.ts';
import { type Fault, startFaultyVault, startTlsVault } from '../support/vault-proxy.ts';

const missing = vaultMissing();
const CANARY = 'c4n4ry-$(X)-$$-"quoted"-ünï';

describe.skipIf(missing !== undefined)(`injector with a real Vault${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let vault: TestVault;
  let auth: AsyncDisposable;
  /** Everything that any run printed. */
  const printed: string[] = [];

  beforeAll(async () => {
    vault = await startVault();
    auth = await enableKubernetesAuth(vault);
    await enableJwtAuth(vault);
    await vault.call('POST', 'secret/data/shop/db', { data: { username: 'shop', password: CANARY, port: 5432 } });
    await vault.call('POST', 'secret/data/shop/db', { data: { username: 'shop', password: `${CANARY}2`, port: 5433 } });
    await vault.call('POST', 'secret/data/data/x', { data: { word: 'under data' } });
    await vault.call('POST', 'secret/data/odd%20name/%C3%BC%3F%23', { data: { word: 'odd' } });
    await vault.call('POST', 'secret/data/private', { data: { word: CANARY } });
    await vault.call('POST', 'secret/data/gone', { data: { word: CANARY } });
    await vault.call('DELETE', 'secret/data/gone');
    await vault.call('POST', 'sys/mounts/team/kv', { type: 'kv', options: { version: '1' } });
    await vault.call('POST', 'team/kv/legacy', { word: 'version one' });
  });
  afterAll(async () => {
    await auth?.[Symbol.asyncDispose]();
    await vault?.[Symbol.asyncDispose]();
  });

  async function run(box: InjectorBox, ...args: Parameters<InjectorBox['run']>): Promise<InjectorRun> {
    const result = await box.run(...args);
    printed.push(result.stdout, result.stderr, result.message);
    expect(result.stderr).toBe('');
    return result;
  }
  async function withFault(fault: Fault, settings: Parameters<typeof vaultConfig>[2] = {}) {
    await using proxy = await startFaultyVault(vault.address, fault);
    using box = new InjectorBox();
    const result = await run(box, vaultConfig(proxy.address, { 'db.json': 'vault://secret/shop/db' }, settings));
    return { ...result, file: box.file('db.json'), asked: proxy.asked };
  }
  const onRead =
    (fault: Fault): Fault =>
    (request, response, count) =>
      request.url === '/v1/secret/data/shop/db' ? fault(request, response, count) : false;

  it('delivers exact values of both KV versions and any readable path', async () => {
    using box = new InjectorBox();

    const result = await run(
      box,
      vaultConfig(vault.address, {
        'db.json': 'vault://secret/shop/db',
        password: 'vault://secret/shop/db#password',
        old: 'vault://secret/data/shop/db?version=1#password',
        'under-data': 'vault://secret/data/data/x#word',
        odd: 'vault://secret/odd name/ü%3F%23#word',
        legacy: 'vault://team/kv/legacy#word',
        'self.json': 'vault://auth/token/lookup-self',
        'nested/port': 'vault:///secret/shop/db/#port',
      }),
    );

    expect(result).toMatchObject({ exitCode: 0 });
    expect(JSON.parse(box.file('db.json') ?? '')).toEqual({ username: 'shop', password: `${CANARY}2`, port: 5433 });
    expect(['password', 'old', 'under-data', 'odd', 'legacy', 'nested/port'].map((name) => box.file(name))).toEqual([
      `${CANARY}2`,
      CANARY,
      'under data',
      'odd',
      'version one',
      '5433',
    ]);
    expect(result.message).toContain('vault://secret/shop/db version 2\n');
    expect(result.message).toContain('vault://secret/data/shop/db?version=1#password version 1\n');
  });

  it('logs in once and reads each object and mount once, however it is spelt', async () => {
    await using proxy = await startFaultyVault(vault.address, () => false);
    using box = new InjectorBox();

    await run(
      box,
      vaultConfig(proxy.address, {
        a: 'vault://secret/shop/db#username',
        b: 'vault://secret/shop/db#password',
        c: 'vault://secret/data/shop/db#port',
        'd.json': 'vault://secret/data/x',
      }),
    );

    const asked = (part: string) => proxy.asked.filter((path) => path.includes(part)).length;
    expect([asked('/login'), asked('/ui/mounts/'), asked('/secret/data/shop/db')]).toEqual([1, 1, 1]);
    expect(proxy.asked.some((path) => path.includes('revoke'))).toBe(false);
  });

  it('runs again with other files', async () => {
    using box = new InjectorBox();
    await run(box, vaultConfig(vault.address, { a: 'vault://secret/shop/db#username', gone: 'vault://secret/shop/db#port' }));
    await run(box, vaultConfig(vault.address, { a: 'vault://secret/shop/db#port' }));

    expect(readdirSync(join(box.root, 'keyfirst/secrets')).filter((name) => !name.startsWith('..'))).toEqual(['a']);
    expect(box.file('a')).toBe('5433');
  });

  it('tells everything that is wrong at once and writes nothing', async () => {
    using box = new InjectorBox();

    const { exitCode, message } = await run(
      box,
      vaultConfig(vault.address, {
        good: 'vault://secret/shop/db#username',
        a: 'vault://secret/shop/none',
        b: 'vault://secret/shop/db#passwort',
        c: 'vault://secret/private#word',
        d: 'vault://secret/gone#word',
        e: 'vault://secret/shop/db?version=9#word',
        f: 'vault://nowhere/x#word',
        g: 'vault://team/kv/legacy?version=1#word',
      }),
    );

    expect(exitCode).toBe(78);
    expect(readdirSync(join(box.root, 'keyfirst/secrets'))).toEqual([]);
    const lines = message.split('\n');
    expect(lines).toHaveLength(8);
    const about = (file: string) => lines.find((line) => line.startsWith(`keyfirst.dev/file.${file}:`));
    expect(about('a')).toMatch(
      /no secret at secret\/data\/shop\/none \(HTTP 404\)\. Asked as service account shop\/web, role shop, audience vault\. .*`vault kv get secret\/shop\/none`/,
    );
    expect(about('b')).toContain('no property `passwort`; it has `password`, `port`, `username`');
    expect(about('c')).toContain('reading secret/data/private is not allowed (HTTP 403)');
    expect(about('d')).toContain('version 1 was deleted at 20');
    expect(about('e')).toContain('no version 9');
    expect(about('f')).toContain('nowhere');
    expect(about('g')).toContain('no KV engine of version 2');
  });

  it('leaves optional absent secrets out', async () => {
    using box = new InjectorBox();

    const { exitCode, message } = await run(
      box,
      vaultConfig(vault.address, { a: { from: 'vault://secret/none#x', optional: true }, b: 'vault://secret/shop/db#username' }),
    );

    expect([exitCode, box.file('a'), box.file('b')]).toEqual([0, undefined, 'shop']);
    expect(message).toContain('vault://secret/none#x not there, left out (optional)');
  });

  it.each([
    ['a role that does not exist', { role: 'nope' }, undefined, /invalid role name "nope" \(HTTP 400\)/],
    ['an auth method that does not exist', { authPath: 'elsewhere' }, undefined, /login at auth\/elsewhere refused/],
    [
      'another service account',
      {},
      serviceAccountToken('vault', { namespace: 'shop', serviceAccount: 'other' }),
      /bound_service_account_names=web/,
    ],
    ['another audience', {}, serviceAccountToken('someone-else'), /\(HTTP 4\d\d\)/],
  ])('says once why the login failed: %s', async (_what, store, token, expected) => {
    using box = token === undefined ? new InjectorBox() : new InjectorBox(token);

    const { exitCode, message } = await run(
      box,
      vaultConfig(vault.address, { a: 'vault://secret/a#x', b: 'vault://secret/b#x' }, { store }),
    );

    expect(exitCode).toBe(77);
    expect(message.split('\n')).toHaveLength(2);
    expect(message).toMatch(expected);
    expect(message).toContain('It concerns keyfirst.dev/file.a: vault://secret/a#x, keyfirst.dev/file.b: vault://secret/b#x.');
  });

  describe('with the auth method jwt', () => {
    const jwt = { auth: 'jwt', authPath: 'jwt' } as const;
    const tampered = `${serviceAccountToken().split('.').slice(0, 2).join('.')}.${serviceAccountToken('x').split('.')[2]}`;

    it('logs in', async () => {
      using box = new InjectorBox();

      const { exitCode } = await run(box, vaultConfig(vault.address, { a: 'vault://secret/shop/db#username' }, { store: jwt }));

      expect([exitCode, box.file('a')]).toEqual([0, 'shop']);
    });

    it.each([
      ['a role that does not exist', { role: 'nope' }, undefined, /`vault read auth\/jwt\/role\/nope` must show it/],
      ['an auth method that does not exist', { authPath: 'elsewhere' }, undefined, /auth\/elsewhere/],
      [
        'another service account',
        {},
        serviceAccountToken('vault', { namespace: 'shop', serviceAccount: 'other' }),
        /bound_subject=system:serviceaccount:shop:web bound_audiences=vault/,
      ],
      ['another audience', {}, serviceAccountToken('someone-else'), /check the setting `audience`/],
      ['a signature of another cluster', {}, tampered, /Let Vault know this cluster's tokens: `vault read auth\/jwt\/config`/],
    ])('says why it was refused: %s', async (_what, store, token, expected) => {
      using box = token === undefined ? new InjectorBox() : new InjectorBox(token);

      const { exitCode, message } = await run(
        box,
        vaultConfig(vault.address, { a: 'vault://secret/a#x' }, { store: { ...jwt, ...store } }),
      );

      expect(exitCode).toBe(77);
      expect(message).toMatch(expected);
    });
  });

  describe('in trouble', () => {
    it.each<[string, Fault]>([
      [
        'two 429 with Retry-After',
        (_request, response, count) => count <= 2 && !!response.writeHead(429, { 'retry-after': '1' }).end('{"errors":["slow down"]}'),
      ],
      ['three 500', (_request, response, count) => count <= 3 && !!response.writeHead(500).end('oops')],
      [
        'a 412',
        (_request, response, count) =>
          count === 1 && !!response.writeHead(412, { 'content-type': 'application/json' }).end('{"errors":[]}'),
      ],
      ['a reset connection', (_request, response, count) => count === 1 && !!response.destroy()],
      [
        'half an answer',
        (_request, response, count) => {
          if (count > 1) return false;
          response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' });
          response.write('{"data":{"data":{"passw', () => response.destroy());
          return true;
        },
      ],
      [
        'broken JSON',
        (_request, response, count) =>
          count === 1 && !!response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":{"data":'),
      ],
    ])('heals after %s', async (_what, fault) => {
      const { exitCode, file, stdout } = await withFault(onRead(fault));

      expect([exitCode, JSON.parse(file ?? '').username]).toEqual([0, 'shop']);
      expect(stdout).toContain('"msg":"trying again"');
    });

    it.each<[string, number, Fault]>([
      [
        'slow drip',
        75,
        (_request, response) => {
          response.writeHead(200, { 'content-type': 'application/json' });
          const timer = setInterval(() => response.write(' '), 100);
          response.on('close', () => clearInterval(timer));
          return true;
        },
      ],
      ['no answer at all', 75, () => true],
      [
        '503 for ever',
        75,
        (_request, response) => !!response.writeHead(503, { 'content-type': 'application/json' }).end('{"errors":["Vault is sealed"]}'),
      ],
      ['a Retry-After beyond the deadline', 75, (_request, response) => !!response.writeHead(429, { 'retry-after': '3600' }).end()],
    ])('ends within a second of the deadline: %s', async (_what, expected, fault) => {
      const { exitCode, file, message, stdout } = await withFault(onRead(fault), { deadline: 3000 });

      expect([exitCode, file]).toEqual([expected, undefined]);
      expect(message).toContain('not read within the deadline of 3s');
      // From the first line of the log, so that a slow start of the process does not count.
      const times = stdout
        .trim()
        .split('\n')
        .map((line) => Date.parse((JSON.parse(line) as { time: string }).time));
      expect(Math.max(...times) - Math.min(...times)).toBeLessThan(4000);
    });

    it.each<[string, number, Fault, RegExp]>([
      [
        'a login page',
        76,
        (_request, response) => !!response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
        /content type text\/html/,
      ],
      [
        'an endless answer',
        76,
        (_request, response) => {
          response.writeHead(200, { 'content-type': 'application/json' });
          const chunk = Buffer.alloc(1024 * 1024, 0x20);
          const timer = setInterval(() => response.write(chunk), 5);
          response.on('close', () => clearInterval(timer));
          return true;
        },
        /larger than 8 MiB/,
      ],
      [
        'a redirect for ever',
        76,
        (_request, response) => !!response.writeHead(307, { location: '/v1/secret/data/shop/db' }).end(),
        /not one of Vault's/,
      ],
    ])('fails at once on %s', async (_what, expected, fault, text) => {
      const { exitCode, message, stdout } = await withFault(onRead(fault));

      expect([exitCode, message]).toEqual([expected, expect.stringMatching(text)]);
      expect(stdout).not.toContain('trying again');
    });

    it('follows a standby that sends it to the active node', async () => {
      const { exitCode, file } = await withFault((request, response) => {
        response.writeHead(307, { location: vault.address + request.url }).end();
        return true;
      });

      expect([exitCode, JSON.parse(file ?? '').username]).toEqual([0, 'shop']);
    });

    it('waits until Vault is unsealed', async () => {
      using box = new InjectorBox();
      await vault.seal();
      const running = run(box, vaultConfig(vault.address, { a: 'vault://secret/shop/db#username' }));
      setTimeout(() => void vault.unseal(), 1500);
      const { exitCode, stdout } = await running;

      expect([exitCode, box.file('a')]).toEqual([0, 'shop']);
      expect(stdout).toMatch(/"problem":"Vault at \S+ is sealed"/);
    });

    it('waits until Vault is there', async () => {
      const port = await freePort();
      using box = new InjectorBox();
      const running = run(box, vaultConfig(`http://127.0.0.1:${port}`, { a: 'vault://secret/shop/db#username' }));
      await new Promise((resolve) => setTimeout(resolve, 1500));
      const server = createServer((request, response) => {
        response.writeHead(307, { location: vault.address + request.url }).end();
      });
      server.listen(port, '127.0.0.1');
      const { exitCode, stdout } = await running;
      server.closeAllConnections();
      server.close();

      expect([exitCode, box.file('a')]).toEqual([0, 'shop']);
      expect(stdout).toContain('ECONNREFUSED');
    });

    it('does not wait for others once one secret cannot be had', async () => {
      await using proxy = await startFaultyVault(
        vault.address,
        onRead((_request, response) => !!response.writeHead(503).end()),
      );
      using box = new InjectorBox();

      const { exitCode, message, milliseconds } = await run(
        box,
        vaultConfig(proxy.address, { a: 'vault://secret/shop/db#username', b: 'vault://secret/none#x' }, { deadline: 60_000 }),
      );

      expect(exitCode).toBe(66);
      expect(message.split('\n')).toHaveLength(3);
      expect(milliseconds).toBeLessThan(20_000);
    });

    it('stops at once on SIGTERM and says so', async () => {
      await using proxy = await startFaultyVault(vault.address, () => true);
      using box = new InjectorBox();

      const result = await run(box, vaultConfig(proxy.address, { a: 'vault://secret/shop/db#username' }), { killAfter: 1500 });

      expect(result).toMatchObject({ exitCode: 75, signal: null, message: expect.stringContaining('stopped from outside') });
      expect(result.milliseconds).toBeLessThan(8000);
    });
  });

  it('sends the Vault namespace with every request', async () => {
    const namespaces: unknown[] = [];
    await using proxy = await startFaultyVault(vault.address, (request) => {
      namespaces.push(request.headers['x-vault-namespace']);
      delete request.headers['x-vault-namespace'];
      return false;
    });
    using box = new InjectorBox();

    const { exitCode } = await run(
      box,
      vaultConfig(proxy.address, { a: 'vault://secret/shop/db#username' }, { store: { namespace: 'team/a' } }),
    );

    expect(exitCode).toBe(0);
    expect(namespaces).toEqual(['team/a', 'team/a', 'team/a']);
  });

  describe('over TLS with a private CA', () => {
    const HOST = 'vault.example.test';
    const CA = { caDirectory: '/keyfirst/ca/vault' };

    it.each([
      ['delivers with the CA and the name', { ...CA, tlsServerName: HOST }, 0, 'version 2'],
      ['refuses without the CA', { tlsServerName: HOST }, 76, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
      ['refuses another name', CA, 76, 'ERR_TLS_CERT_ALTNAME_INVALID'],
      ['says that the CA is missing', { caDirectory: '/keyfirst/ca/none', tlsServerName: HOST }, 78, '/keyfirst/ca/none'],
    ])('%s', async (_what, store, expected, text) => {
      await using proxy = await startTlsVault(vault.address, HOST);
      using box = new InjectorBox();
      // As a mounted ConfigMap looks: a link per key, and names of the kubelet that begin with `..`.
      const folder = join(box.root, CA.caDirectory);
      mkdirSync(join(folder, '..2026'), { recursive: true });
      writeFileSync(join(folder, '..2026/ca.crt'), proxy.certificate);
      symlinkSync('..2026', join(folder, '..data'));
      symlinkSync('..data/ca.crt', join(folder, 'ca.crt'));

      const { exitCode, message } = await run(box, vaultConfig(proxy.address, { 'db.json': 'vault://secret/shop/db' }, { store }));

      expect([exitCode, message]).toEqual([expected, expect.stringContaining(text)]);
    });
  });

  it('takes nothing from the environment that is meant for other Vault clients', async () => {
    using box = new InjectorBox();
    const env = {
      VAULT_ADDR: 'http://127.0.0.1:1',
      VAULT_TOKEN: 'wrong',
      VAULT_NAMESPACE: 'wrong',
      VAULT_PREFIX: '/wrong',
      VAULT_SKIP_VERIFY: '1',
      DEBUG: '*',
    };

    const { exitCode } = await run(box, vaultConfig(vault.address, { a: 'vault://secret/shop/db#username' }), { env });

    expect([exitCode, box.file('a')]).toEqual([0, 'shop']);
  });

  it('delivers a hundred secrets', async () => {
    const names = Array.from({ length: 100 }, (_, index) => `n${index}`);
    await Promise.all(names.map((name) => vault.call('POST', `secret/data/many/${name}`, { data: { word: `${CANARY}-${name}` } })));
    using box = new InjectorBox();

    const { exitCode, message } = await run(
      box,
      vaultConfig(vault.address, Object.fromEntries(names.map((name) => [name, `vault://secret/many/${name}#word`])), {
        messageBytes: 1000,
      }),
    );

    expect(exitCode).toBe(0);
    expect(names.every((name) => box.file(name) === `${CANARY}-${name}`)).toBe(true);
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(1000);
    expect(message).toMatch(/… and \d+ more$/);
  });

  // The last test: it looks at what all others printed.
  it('never printed a value, a token or a login', () => {
    const text = printed.join('\n');

    expect(printed.length).toBeGreaterThan(50);
    // JSON and base64 would hide a value from a plain search.
    for (const form of [
      CANARY,
      JSON.stringify(CANARY).slice(1, -1),
      Buffer.from(CANARY).toString('base64').slice(0, 20),
      'c4n4ry',
      'hvs.',
      'eyJ',
    ]) {
      expect(text).not.toContain(form);
    }
  });
});
