import { createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Store } from '../../injector/providers/provider.ts';
import { ProviderError } from '../../injector/providers/provider-error.ts';
import type { SecretValue } from '../../injector/providers/value.ts';
import type { AzureKvStore } from '../../src/contract/provider.ts';
import { EC_PKCS12, rsaCertificate } from '../support/azure-certificates.ts';
import { type AzureDouble, type AzureFault, startAzureDouble } from '../support/azure-double.ts';
import { createSigner } from '../support/azure-jwt.ts';
import { AUDIENCE, AzureBox, CLIENT, claims, ISSUER, readReference, SUBJECT, TENANT } from '../support/azure-store.ts';

const OTHER_TENANT = '33333333-3333-4333-8333-333333333333';
const CANARY = 'c4n4ry-$(X)-"quoted"-ünï';

describe('Azure Key Vault', () => {
  const cluster = createSigner();
  let azure: AzureDouble;
  let box: AzureBox;

  beforeAll(async () => {
    const all = ['secret', 'certificate', 'key'] as const;
    const federated = [{ issuer: ISSUER, subject: SUBJECT, audience: AUDIENCE }];
    azure = await startAzureDouble({
      applications: [
        { tenantId: TENANT, clientId: CLIENT, federated },
        { tenantId: OTHER_TENANT, clientId: CLIENT, federated },
      ],
      vaults: {
        'shop-vault': { tenantId: TENANT, readers: { [CLIENT]: all } },
        'rbac-vault': { tenantId: TENANT, readers: {} },
        'policy-vault': { tenantId: TENANT, access: 'policy', readers: {} },
        'closed-vault': { tenantId: TENANT, readers: {}, closed: true },
      },
      keysOf: async () => cluster.jwks,
    });
    box = new AzureBox(cluster.sign(claims()), azure.ca);
    azure.vaults.putSecret('shop-vault', 'api-key', CANARY);
  });
  afterEach(() => {
    azure.fault = () => false;
  });
  afterAll(async () => {
    box[Symbol.dispose]();
    await azure[Symbol.asyncDispose]();
  });

  async function connect(settings: Partial<AzureKvStore> = {}, token?: string): Promise<Store> {
    if (token !== undefined) writeFileSync(join(box.root, '/keyfirst/identity/other'), token);
    const store = await box.open(azure, token === undefined ? settings : { ...settings, tokenFile: '/keyfirst/identity/other' });
    await store.connect(AbortSignal.timeout(10_000));
    return store;
  }
  const read = async (reference: string): Promise<SecretValue> => (await readReference(await connect(), reference)).value.reveal();
  async function map(reference: string): Promise<Readonly<Record<string, string>>> {
    const value = await read(reference);
    if (value.kind !== 'map') throw new Error(value.kind);
    return Object.fromEntries(
      Object.entries(value.map).map(([name, part]) => [name, typeof part === 'string' ? part : JSON.stringify(part)]),
    );
  }
  async function failure(promise: Promise<unknown>): Promise<ProviderError> {
    const error: unknown = await promise.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof ProviderError)) throw new Error('it did not fail as it should', { cause: error });
    expect(`${error.message} ${error.remedy}`).not.toContain(CANARY);
    for (const credential of box.kept) expect(`${error.message} ${error.remedy}`).not.toContain(credential);
    return error;
  }

  describe('secrets', () => {
    it.each([
      ['an empty line at the end', 'a\nb\n\n'],
      ['CRLF', 'a\r\nb\r\n'],
      ['NUL and other control characters', 'a\0b\u0001\u007f\u0085\u2028'],
      ['quotes, backslashes, dollars', `'"\\\\n$(X)$$\`{{ }}<< >>`],
      ['a byte order mark and UTF-8 beyond the BMP', '\ufeffünï 🔑 \u{10ffff}'],
      ['JSON with digits beyond a double', '{"n": 12345678901234567890.10, "n": 1}'],
      ['white space alone', ' \t '],
      ['nothing', ''],
      ['64 KiB', 'ü"\\'.repeat(16_384)],
    ])('come character for character: %s', async (what, value) => {
      const name = what.replaceAll(/[^a-zA-Z0-9]/g, '-');
      azure.vaults.putSecret('shop-vault', name, value);

      expect(await read(`azure-kv://shop-vault/${name}`)).toEqual({ kind: 'text', text: value });
    });

    it('of a content type of their own stay text', async () => {
      azure.vaults.putSecret('shop-vault', 'json', '{"a":1}', { contentType: 'application/json' });
      azure.vaults.putSecret('shop-vault', 'no-p12', 'not base64 at all', { contentType: 'application/x-pkcs12' });

      expect([await read('azure-kv://shop-vault/json'), await read('azure-kv://shop-vault/no-p12')]).toEqual([
        { kind: 'text', text: '{"a":1}' },
        { kind: 'text', text: 'not base64 at all' },
      ]);
    });

    it('come in any version, named either way, each object asked for once', async () => {
      const first = azure.vaults.putSecret('shop-vault', 'turning', 'one');
      const second = azure.vaults.putSecret('shop-vault', 'turning', 'two');
      const store = await connect();
      const from = azure.asked.length;

      const reads = await Promise.all(
        ['turning', `turning/${first}`, `turning?version=${first.toUpperCase()}`, 'TURNING?type=secret'].map((rest) =>
          readReference(store, `azure-kv://shop-vault/${rest}`),
        ),
      );

      expect(reads.map(({ value, version }) => [value.reveal(), version])).toEqual([
        [{ kind: 'text', text: 'two' }, second],
        [{ kind: 'text', text: 'one' }, first],
        [{ kind: 'text', text: 'one' }, first],
        [{ kind: 'text', text: 'two' }, second],
      ]);
      expect(azure.asked.slice(from).sort()).toEqual(
        [`GET /shop-vault/secrets/turning/ 200`, `GET /shop-vault/secrets/turning/${first} 200`].sort(),
      );
    });

    it('that are expired or not yet active are delivered, as Key Vault does', async () => {
      azure.vaults.putSecret('shop-vault', 'old', 'x', { exp: 1 });
      azure.vaults.putSecret('shop-vault', 'young', 'y', { nbf: 4_000_000_000 });

      expect([await read('azure-kv://shop-vault/old'), await read('azure-kv://shop-vault/young')]).toEqual([
        { kind: 'text', text: 'x' },
        { kind: 'text', text: 'y' },
      ]);
    });
  });

  describe('certificates', () => {
    const rsa = rsaCertificate();
    beforeAll(() => {
      azure.vaults.putCertificate('shop-vault', 'site', rsa.cer, rsa.pkcs12);
      azure.vaults.putCertificate('shop-vault', 'site-pem', rsa.cer, rsa.pem, { pem: true });
    });

    it.each(['site', 'site-pem'])('are maps with an ordered chain and a PKCS#8 key: %s', async (name) => {
      const parts = await map(`azure-kv://shop-vault/${name}?type=certificate`);

      const [leaf = '', ...chain] = rsa.chain;
      expect(Object.keys(parts)).toEqual(['certificate', 'chain', 'full-chain', 'private-key']);
      expect(parts).toMatchObject({ certificate: leaf, chain: chain.join(''), 'full-chain': rsa.chain.join('') });
      expect(parts['private-key']).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
      expect(new X509Certificate(leaf).checkPrivateKey(createPrivateKey(parts['private-key'] ?? ''))).toBe(true);
    });

    it('with elliptic curves, from PKCS#12 as OpenSSL 3 writes it', async () => {
      const { default: forge } = await import('node-forge');
      const p12 = forge.pkcs12.pkcs12FromAsn1(forge.asn1.fromDer(Buffer.from(EC_PKCS12, 'base64').toString('latin1')), '');
      const bag = p12.getBags({ bagType: forge.pki.oids.certBag ?? '' })[forge.pki.oids.certBag ?? '']?.[0];
      if (bag === undefined) throw new Error('no certificate');
      azure.vaults.putCertificate('shop-vault', 'ec', Buffer.from(forge.asn1.toDer(bag.asn1).getBytes(), 'latin1'), EC_PKCS12);

      const parts = await map('azure-kv://shop-vault/ec?type=certificate');

      const subjects = (parts['full-chain'] ?? '').split(/(?=-----BEGIN)/).map((pem) => new X509Certificate(pem).subject);
      expect(subjects).toEqual(['CN=shop.example.com', 'CN=Test Issuer', 'CN=Test Root']);
      expect(new X509Certificate(parts.certificate ?? '').checkPrivateKey(createPrivateKey(parts['private-key'] ?? ''))).toBe(true);
    });

    it('have no key where the policy forbids export', async () => {
      azure.vaults.putCertificate('shop-vault', 'sealed', rsa.cer, rsa.chain.join(''), { pem: true, exportable: false });

      expect(Object.keys(await map('azure-kv://shop-vault/sealed?type=certificate'))).toEqual(['certificate', 'chain', 'full-chain']);
    });

    it('come as stored, read as secrets: PKCS#12 as bytes, PEM as text', async () => {
      const bytes = await read('azure-kv://shop-vault/site');

      expect(bytes.kind === 'bytes' && Buffer.from(bytes.bytes).toString('base64')).toBe(rsa.pkcs12);
      expect(await read('azure-kv://shop-vault/site-pem')).toEqual({ kind: 'text', text: rsa.pem });
    });

    it('take certificate and key of one version', async () => {
      const old = rsaCertificate();
      const version = azure.vaults.putCertificate('shop-vault', 'renewed', old.cer, old.pkcs12);
      azure.vaults.putCertificate('shop-vault', 'renewed', rsa.cer, rsa.pkcs12);

      const parts = await map(`azure-kv://shop-vault/renewed/${version}?type=certificate`);

      expect(parts.certificate).toBe(old.chain[0]);
      expect(new X509Certificate(old.cer).checkPrivateKey(createPrivateKey(parts['private-key'] ?? ''))).toBe(true);
    });

    it('that hold nonsense are told as such, without quoting it', async () => {
      azure.vaults.putCertificate('shop-vault', 'broken', rsa.cer, Buffer.from(CANARY).toString('base64'));

      const error = await failure(read('azure-kv://shop-vault/broken?type=certificate'));

      expect([error.code, error.message, error.cause]).toEqual([
        'protocol',
        'the secret of certificate shop-vault/broken does not hold this certificate with its private key',
        undefined,
      ]);
    });
  });

  describe('keys', () => {
    it.each([
      ['rsa', () => generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey, {}],
      ['hsm', () => generateKeyPairSync('rsa', { modulusLength: 3072 }).publicKey, { kty: 'RSA-HSM' }],
      ['p256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey, { kty: 'EC-HSM' }],
      ['p521', () => generateKeyPairSync('ec', { namedCurve: 'P-521' }).publicKey, {}],
      ['k256', () => generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey, { crv: 'P-256K' }],
    ])('are their public part as PEM: %s', async (name, make, changed) => {
      const key = make();
      const version = azure.vaults.putKey('shop-vault', name, { ...key.export({ format: 'jwk' }), ...changed });

      const { value, version: told } = await readReference(await connect(), `azure-kv://shop-vault/${name}?type=key`);

      const pem = value.reveal();
      expect([pem.kind, told]).toEqual(['text', version]);
      expect(pem.kind === 'text' && createPublicKey(pem.text).equals(key)).toBe(true);
    });

    it('that are symmetric have none', async () => {
      azure.vaults.putKey('shop-vault', 'oct', { kty: 'oct-HSM' });

      expect((await failure(read('azure-kv://shop-vault/oct?type=key'))).message).toContain('no public part (its type is oct-HSM)');
    });
  });

  describe('identity', () => {
    it('logs in once and sends its token with the first request already', async () => {
      azure.vaults.putCertificate('shop-vault', 'once', ...(({ cer, pkcs12 }) => [cer, pkcs12] as const)(rsaCertificate()));
      const from = azure.asked.length;
      const store = await connect();

      await Promise.all(
        ['api-key', 'none', 'once?type=certificate'].map((rest) =>
          readReference(store, `azure-kv://shop-vault/${rest}`).catch(() => undefined),
        ),
      );

      const asked = azure.asked.slice(from);
      expect(asked.filter((line) => line.startsWith('POST '))).toEqual([`POST /${TENANT}/oauth2/v2.0/token 200`]);
      expect(asked.filter((line) => line.endsWith(' 401'))).toEqual([]);
      expect(store.identity).toBe(`service account shop/web, client ${CLIENT}, tenant ${TENANT}, audience ${AUDIENCE}`);
      // The projected token and the access token, for the log scrubber.
      expect(box.kept.slice(-2).map((text) => text.split('.').length)).toEqual([3, 3]);
    });

    it('gets another token when a vault no longer takes the one it has', async () => {
      const store = await connect();
      let refused = 0;
      azure.fault = (request, response) => {
        if (!(request.url ?? '').includes('/secrets/') || refused > 0) return false;
        refused += 1;
        response
          .writeHead(401, { 'www-authenticate': `Bearer authorization="${azure.origin}/${TENANT}", resource="https://vault.azure.net"` })
          .end();
        return true;
      };
      const from = azure.asked.length;

      const { value } = await readReference(store, 'azure-kv://shop-vault/api-key');

      expect(value.reveal()).toEqual({ kind: 'text', text: CANARY });
      expect(azure.asked.slice(from)).toEqual([
        'GET /shop-vault/secrets/api-key/ 401',
        `POST /${TENANT}/oauth2/v2.0/token 200`,
        'GET /shop-vault/secrets/api-key/ 200',
      ]);
    });

    it.each<[string, Record<string, unknown>, string]>([
      ['subject', { sub: 'system:serviceaccount:shop:other' }, 'AADSTS700213'],
      ['audience', { aud: ['vault'] }, 'AADSTS700212'],
      ['issuer', { iss: 'https://elsewhere.example.com' }, 'AADSTS700211'],
    ])('says what the federated credential must hold: another %s', async (_what, changed, number) => {
      const said = claims(changed);
      const [iss, sub, aud] = [said.iss, said.sub, [said.aud].flat()[0]].map(String);
      const error = await failure(connect({}, cluster.sign(said)));

      expect([error.code, error.status, error.canHeal]).toEqual(['login-refused', 401, false]);
      expect(error.message).toContain(
        `refused the login (${number}); Azure says: No matching federated identity record found for presented assertion ${_what}`,
      );
      expect(error.message).not.toContain('Trace ID');
      expect(error.remedy).toContain(`issuer \`${iss}\`, subject \`${sub}\`, audience \`${aud}\``);
      expect(error.remedy).toContain(`--issuer '${iss}' --subject '${sub}' --audiences '${aud}'`);
    });

    it.each<[string, Partial<AzureKvStore>, string | undefined, RegExp, RegExp]>([
      [
        'an unknown client',
        { clientId: OTHER_TENANT },
        undefined,
        /AADSTS700016/,
        /Check the settings `client-id` \(33333333.*; the client id, not the object id\)/,
      ],
      ['an unknown tenant', { tenantId: CLIENT }, undefined, /AADSTS90002/, /Check the setting `tenant-id`/],
      ['a forged token', {}, createSigner().sign(claims()), /AADSTS50013/, /Entra ID must be able to fetch/],
      ['a token that ended', {}, cluster.sign(claims({ exp: 1 })), /AADSTS700024/, /clock/],
      ['something that is no token', {}, 'nonsense', /AADSTS50027/, /federated credential/],
    ])('says why the login is refused: %s', async (_what, settings, token, message, remedy) => {
      const error = await failure(connect(settings, token));
      expect(error.code).toBe('login-refused');
      expect(error.message).toMatch(message);
      expect(error.remedy).toMatch(remedy);
    });

    it('asks for no other audience than that of its cloud', async () => {
      const error = await failure(readReference(await connect({ cloud: 'china' }), 'azure-kv://shop-vault/api-key'));

      expect([error.code, error.message]).toEqual([
        'login-refused',
        expect.stringMatching(/asks for a token for `https:\/\/vault\.azure\.net\/\.default`, not for `https:\/\/vault\.azure\.cn/),
      ]);
    });

    it('names the tenant of a vault that belongs to another', async () => {
      const error = await failure(readReference(await connect({ tenantId: OTHER_TENANT }), 'azure-kv://shop-vault/api-key'));

      expect(error.code).toBe('login-refused');
      expect(error.message).toContain(`belongs to tenant ${TENANT}, the login was in tenant ${OTHER_TENANT}`);
      expect(error.remedy).toContain(`Set \`tenant-id\` to ${TENANT}`);
    });

    it('goes to Azure itself, whatever proxy the environment names', async () => {
      process.env.HTTPS_PROXY = 'http://127.0.0.1:1';
      try {
        expect(await read('azure-kv://shop-vault/api-key')).toEqual({ kind: 'text', text: CANARY });
      } finally {
        delete process.env.HTTPS_PROXY;
      }
    });

    it('reads the token file anew and says when it is not there', async () => {
      const error = await failure(connect({ tokenFile: '/keyfirst/identity/none' }));

      expect([error.code, error.message]).toEqual(['invalid', 'the service account token /keyfirst/identity/none cannot be read']);
    });
  });

  describe('refusals', () => {
    it.each<[string, string, string, RegExp, RegExp]>([
      [
        'no such secret',
        'shop-vault/none',
        'not-found',
        /^no secret `none` in Key Vault shop-vault at https:/,
        /az keyvault secret show --vault-name shop-vault --name none.*recover/,
      ],
      ['no such version', `shop-vault/api-key/${'0'.repeat(32)}`, 'not-found', /^no version 0{32} of secret `api-key`/, /show/],
      ['no such certificate', 'shop-vault/none?type=certificate', 'not-found', /^no certificate `none`/, /az keyvault certificate show/],
      ['no such key', 'shop-vault/none?type=key', 'not-found', /^no key `none`/, /az keyvault key show/],
      [
        'no role',
        'rbac-vault/x',
        'denied',
        /^reading secret rbac-vault\/x is not allowed; Azure says: Caller is not authorized/,
        /--role "Key Vault Secrets User" --assignee 22222222[^;]*; a change takes/,
      ],
      ['no role for certificates', 'rbac-vault/x?type=certificate', 'denied', /not allowed/, /"Key Vault Certificate User"/],
      ['no role for keys', 'rbac-vault/x?type=key', 'denied', /not allowed/, /"Key Vault Reader"/],
      [
        'no access policy',
        'policy-vault/x',
        'denied',
        /does not have secrets get permission/,
        /: `az keyvault set-policy --name policy-vault --spn 22222222\S+ --secret-permissions get`/,
      ],
      ['a firewall', 'closed-vault/x', 'denied', /^the firewall of Key Vault closed-vault/, /network-rule add/],
      ['a parameter that it does not know', 'shop-vault/x?label=a', 'invalid', /no parameter `label`/, /`type` and `version`/],
      [
        'two versions',
        `shop-vault/x/${'0'.repeat(32)}?version=${'0'.repeat(32)}`,
        'invalid',
        /in the path and in `version`/,
        /one of the two/,
      ],
    ])('tell what to do: %s', async (_what, rest, code, message, remedy) => {
      const error = await failure(readReference(await connect(), `azure-kv://${rest}`));

      expect(error.code).toBe(code);
      expect(error.message).toMatch(message);
      expect(error.remedy).toMatch(remedy);
    });

    it('tell of disabled and deleted secrets', async () => {
      azure.vaults.putSecret('shop-vault', 'off', CANARY, { enabled: false });
      azure.vaults.putSecret('shop-vault', 'gone', CANARY);
      azure.vaults.remove('shop-vault', 'secret', 'gone');

      const off = await failure(read('azure-kv://shop-vault/off'));
      const gone = await failure(read('azure-kv://shop-vault/gone'));

      expect([off.code, off.message, gone.code]).toEqual(['denied', 'secret shop-vault/off is disabled', 'not-found']);
      expect(off.remedy).toContain('--enabled true');
      expect(gone.remedy).toContain('az keyvault secret recover --vault-name shop-vault --name gone');
    });

    it('are not kept: a secret that appears is read', async () => {
      const store = await connect();
      await failure(readReference(store, 'azure-kv://shop-vault/late'));
      azure.vaults.putSecret('shop-vault', 'late', 'x');

      expect((await readReference(store, 'azure-kv://shop-vault/late')).value.reveal()).toEqual({ kind: 'text', text: 'x' });
    });
  });

  describe('trouble', () => {
    const json = { 'content-type': 'application/json' };
    const onRead =
      (fault: AzureFault): AzureFault =>
      (request, response, count) =>
        (request.url ?? '').includes('/secrets/') ? fault(request, response, count) : false;

    it.each<[string, AzureFault, object]>([
      [
        '429 with Retry-After',
        (_q, r) =>
          !!r
            .writeHead(429, { ...json, 'retry-after': '7' })
            .end('{"error":{"code":"Throttled","message":"Request was not processed because too many requests were received."}}'),
        { code: 'throttled', status: 429, retryAfter: 7000, canHeal: true },
      ],
      ['429 without', (_q, r) => !!r.writeHead(429).end(), { code: 'throttled', retryAfter: undefined, canHeal: true }],
      [
        '500',
        (_q, r) => !!r.writeHead(500, json).end('{"error":{"code":"InternalServerError"}}'),
        { code: 'unavailable', status: 500, canHeal: true },
      ],
      [
        '503 of a proxy',
        (_q, r) => !!r.writeHead(503, { 'content-type': 'text/html' }).end('<html>'),
        { code: 'unavailable', canHeal: true },
      ],
      ['a reset', (_q, r) => !!r.destroy(), { code: 'unreachable', canHeal: true }],
      [
        'half an answer',
        (_q, r) => {
          r.writeHead(200, { ...json, 'content-length': '500' }).write(`{"value":"${CANARY}`, () => r.destroy());
          return true;
        },
        { code: 'unreachable', canHeal: true },
      ],
      ['broken JSON', (_q, r) => !!r.writeHead(200, json).end(`{"value":"${CANARY}`), { code: 'unavailable', canHeal: true }],
      [
        'a login page',
        (_q, r) => !!r.writeHead(200, { 'content-type': 'text/html' }).end(`<html>${CANARY}`),
        { code: 'protocol', canHeal: false },
      ],
      ['a redirect', (_q, r) => !!r.writeHead(302, { location: 'https://127.0.0.1:1/' }).end(), { code: 'protocol', status: 302 }],
      ['JSON of something else', (_q, r) => !!r.writeHead(200, json).end(JSON.stringify({ x: CANARY })), { code: 'protocol' }],
      ['a list', (_q, r) => !!r.writeHead(200, json).end('[]'), { code: 'protocol' }],
      ['a refusal of something else', (_q, r) => !!r.writeHead(400, json).end('"no"'), { code: 'invalid', status: 400 }],
      ['9 MB', (_q, r) => !!r.writeHead(200, json).end(JSON.stringify({ value: 'x'.repeat(9_000_000) })), { code: 'protocol' }],
    ])('is told as what it is, tried once: %s', async (_what, fault, expected) => {
      const store = await connect();
      let tries = 0;
      azure.fault = onRead((...args) => {
        tries += 1;
        return fault(...args);
      });

      expect(await failure(readReference(store, 'azure-kv://shop-vault/api-key'))).toMatchObject(expected);
      expect(tries).toBe(1);
    });

    it('at Entra ID can heal too', async () => {
      azure.fault = (_request, response) => !!response.writeHead(429, { ...json, 'retry-after': '3' }).end('{}');

      expect(await failure(connect())).toMatchObject({ code: 'throttled', retryAfter: 3000 });
    });

    it('does not mind 1 MB and 5 MB of value', async () => {
      const store = await connect();
      for (const size of [1_000_000, 5_000_000]) {
        azure.vaults.putSecret('shop-vault', `size-${size}`, 'ü'.repeat(size / 2));
        const value = (await readReference(store, `azure-kv://shop-vault/size-${size}`)).value.reveal();
        expect(value.kind === 'text' && Buffer.byteLength(value.text)).toBe(size);
      }
    });

    it('ends when the attempt is called off', async () => {
      const store = await connect();
      azure.fault = onRead(() => true);
      const abort = new AbortController();
      const reading = failure(readReference(store, 'azure-kv://shop-vault/api-key', abort.signal));
      setImmediate(() => abort.abort());

      expect(await reading).toMatchObject({ code: 'unreachable' });
    });

    it.each<[string, Partial<AzureKvStore>, string, RegExp, RegExp]>([
      [
        'a vault that DNS does not know',
        { endpoint: 'https://{vault}.vault.invalid' },
        'unreachable',
        /^the name of Key Vault shop-vault at https:\/\/shop-vault\.vault\.invalid cannot be found in DNS/,
        /az keyvault show --name shop-vault/,
      ],
      ['a port where nobody listens', { endpoint: 'https://127.0.0.1:1' }, 'unreachable', /ECONNREFUSED/, /network policies/],
    ])('of the network: %s', async (_what, settings, code, message, remedy) => {
      const error = await failure(readReference(await connect(settings), 'azure-kv://shop-vault/api-key'));

      expect(error.code).toBe(code);
      expect(error.message).toMatch(message);
      expect(error.remedy).toMatch(remedy);
    });

    it('of trust: a certificate that nobody vouches for', async () => {
      const store = await box.open(azure, { caDirectory: undefined });

      const error = await failure(store.connect(AbortSignal.timeout(5000)));

      expect([error.code, error.message]).toEqual(['untrusted', expect.stringContaining('is not trusted')]);
      expect(error.remedy).toContain('`ca-config-map`');
    });

    it.each([
      ['endpoint', 'http://127.0.0.1'],
      ['authority', 'nonsense'],
    ])('of the settings: %s %s', async (setting, url) => {
      expect((await failure(box.open(azure, { [setting]: url }))).message).toBe(`the setting \`${setting}\` is no https URL`);
    });
  });
});
