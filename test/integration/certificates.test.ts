import { execFileSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SecretValue } from '../../injector/providers/value.ts';
import { toPem, toPkcs12 } from '../../injector/render/certificates/index.ts';

// Made and read back by openssl, which is not ours.
let folder: string;
const openssl = (...arguments_: string[]) =>
  execFileSync('openssl', arguments_, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const file = (name: string) => readFileSync(join(folder, name));
const textOf = (name: string) => file(name).toString();
const text = (value: string): SecretValue => ({ kind: 'text', text: value });
const bytes = (value: Uint8Array): SecretValue => ({ kind: 'bytes', bytes: value });

const KINDS = { rsa: ['RSA', 'rsa_keygen_bits:2048'], ec: ['EC', 'ec_paramgen_curve:P-256'] } as const;
type Kind = keyof typeof KINDS;

/** Root, intermediate and leaf, each with its key. */
function makeChain(kind: Kind): void {
  const [algorithm, option] = KINDS[kind];
  for (const name of ['root', 'middle', 'leaf'])
    openssl('genpkey', '-algorithm', algorithm, '-pkeyopt', option, '-out', `${kind}-${name}.key`);
  const ca = (name: string) => writeFileSync(join(folder, `${name}.ext`), 'basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign\n');
  ca('ca');
  writeFileSync(join(folder, 'leaf.ext'), 'subjectAltName=DNS:shop.example\n');
  openssl('req', '-new', '-x509', '-key', `${kind}-root.key`, '-subj', '/CN=root', '-days', '9', '-out', `${kind}-root.pem`);
  for (const [name, issuer, extension] of [
    ['middle', 'root', 'ca.ext'],
    ['leaf', 'middle', 'leaf.ext'],
  ] as const) {
    openssl('req', '-new', '-key', `${kind}-${name}.key`, '-subj', `/CN=${name} ü`, '-utf8', '-out', `${kind}-${name}.csr`);
    openssl(
      'x509',
      '-req',
      '-in',
      `${kind}-${name}.csr`,
      '-CA',
      `${kind}-${issuer}.pem`,
      '-CAkey',
      `${kind}-${issuer}.key`,
      '-CAcreateserial',
      '-days',
      '9',
      '-extfile',
      extension,
      '-out',
      `${kind}-${name}.pem`,
    );
  }
  writeFileSync(join(folder, `${kind}-chain.pem`), textOf(`${kind}-root.pem`) + textOf(`${kind}-middle.pem`));
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyfirst-certificates-'));
  makeChain('rsa');
  makeChain('ec');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pemOf = async (source: SecretValue, password?: string): Promise<string> => {
  const result = await toPem(source, password);
  if (!result.ok) throw new Error(result.what);
  return Buffer.from(result.value).toString();
};
const blocks = (pem: string) => pem.match(/-----BEGIN[\s\S]+?-----END[^\n]+\n/g) ?? [];
const raw = (pem: string) => new X509Certificate(pem).raw.toString('base64');
const inOrder = (kind: Kind) => ['leaf', 'middle', 'root'].map((name) => raw(textOf(`${kind}-${name}.pem`)));

/** Private key first and of the leaf, in PKCS#8; then the chain from leaf to root, byte by byte what was stored. */
function expectWhole(pem: string, kind: Kind): void {
  const [key = '', ...certificates] = blocks(pem);
  expect(key).toMatch(/^-----BEGIN PRIVATE KEY-----/);
  expect(createPrivateKey(key).export({ format: 'jwk' })).toEqual(createPrivateKey(textOf(`${kind}-leaf.key`)).export({ format: 'jwk' }));
  expect(certificates.map(raw)).toEqual(inOrder(kind));
}

describe.each<Kind>(['rsa', 'ec'])('a certificate (%s)', (kind) => {
  const parts = () => ({ key: textOf(`${kind}-leaf.key`), leaf: textOf(`${kind}-leaf.pem`), chain: textOf(`${kind}-chain.pem`) });

  it('becomes PEM from a map, whatever the order', async () => {
    const { key, leaf, chain } = parts();

    expect.hasAssertions();
    expectWhole(await pemOf({ kind: 'map', map: { certificate: leaf, chain, 'private-key': key } }), kind);
    expectWhole(await pemOf({ kind: 'map', map: { 'full-chain': chain + leaf, certificate: leaf, 'private-key': key } }), kind);
    expectWhole(await pemOf(text(JSON.stringify({ 'full-chain': chain + leaf, 'private-key': key }))), kind);
  });

  it('becomes PEM from PEM text, whatever the order and the kind of key', async () => {
    const { key, leaf, chain } = parts();
    const old = openssl('pkey', '-in', `${kind}-leaf.key`, '-traditional');
    const encrypted = openssl('pkcs8', '-topk8', '-in', `${kind}-leaf.key`, '-passout', 'pass:geheim');

    expect(old).toMatch(/BEGIN (RSA|EC) PRIVATE KEY/);
    for (const one of [key, old]) expectWhole(await pemOf(text(chain + leaf + one)), kind);
    expectWhole(await pemOf(bytes(Buffer.from(chain + encrypted + leaf)), 'geheim'), kind);
    expect(await toPem(text(leaf + encrypted), 'wrong')).toMatchObject({ ok: false, what: expect.stringContaining('does not open it') });
  });

  it('has no key in PEM where there is none', async () => {
    const { leaf, chain } = parts();

    expect(blocks(await pemOf(text(chain + leaf))).map(raw)).toEqual(inOrder(kind));
  });

  it.each([
    ['of today', ['-keypbe', 'AES-256-CBC', '-certpbe', 'AES-256-CBC', '-macalg', 'sha256']],
    ['of old, with 3DES', ['-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1']],
    ['of old, with RC2', ['-legacy', '-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-RC2-40', '-macalg', 'sha1']],
    ['with an open key', ['-keypbe', 'NONE', '-certpbe', 'NONE']],
  ])('is converted from stored PKCS#12 %s', async (_name, options) => {
    for (const password of ['geheim', '']) {
      openssl(
        'pkcs12',
        '-export',
        '-inkey',
        `${kind}-leaf.key`,
        '-in',
        `${kind}-leaf.pem`,
        '-certfile',
        `${kind}-chain.pem`,
        '-out',
        'stored.p12',
        '-passout',
        `pass:${password}`,
        ...options,
      );
      const stored = file('stored.p12');
      const given = password === '' ? undefined : password;

      expectWhole(await pemOf(bytes(stored), given), kind);
      expectWhole(await pemOf(text(stored.toString('base64')), given), kind);
    }
    expect(await toPem(bytes(file('stored.p12').subarray(0, 300)), undefined)).toMatchObject({
      ok: false,
      what: expect.stringContaining('no PKCS#12'),
    });
  });

  it('is refused where the password is missing or wrong', async () => {
    openssl('pkcs12', '-export', '-inkey', `${kind}-leaf.key`, '-in', `${kind}-leaf.pem`, '-out', 'stored.p12', '-passout', 'pass:geheim');

    expect(await toPem(bytes(file('stored.p12')), undefined)).toMatchObject({
      ok: false,
      what: expect.stringContaining('without a password'),
    });
    expect(await toPem(bytes(file('stored.p12')), 'wrong')).toMatchObject({
      ok: false,
      what: expect.stringContaining('with the password'),
    });
  });

  it('becomes a PKCS#12 file of today that openssl opens with its password alone', async () => {
    const { key, leaf, chain } = parts();
    const result = await toPkcs12(text(chain + leaf + key), 'pass word$"1');
    if (!result.ok) throw new Error(result.what);
    writeFileSync(join(folder, 'made.p12'), result.value);

    const opened = openssl('pkcs12', '-in', 'made.p12', '-passin', 'pass:pass word$"1', '-nodes');
    expect(
      blocks(opened)
        .filter((block) => block.includes('CERTIFICATE'))
        .map(raw)
        .sort(),
    ).toEqual(inOrder(kind).sort());
    expect(raw(openssl('pkcs12', '-in', 'made.p12', '-passin', 'pass:pass word$"1', '-nokeys', '-clcerts'))).toBe(inOrder(kind)[0]);
    expectWhole(await pemOf(bytes(result.value), 'pass word$"1'), kind);
    expect(() => openssl('pkcs12', '-in', 'made.p12', '-passin', 'pass:wrong', '-nodes')).toThrow('invalid password');
    expect(() => openssl('pkcs12', '-in', 'made.p12', '-passin', 'pass:', '-nodes')).toThrow('invalid password');
  });
});

describe('a certificate', () => {
  it('is encrypted with AES-256 and protected with SHA-256', async () => {
    const result = await toPkcs12(text(textOf('ec-leaf.pem') + textOf('ec-leaf.key')), 'geheim');
    writeFileSync(join(folder, 'info.p12'), result.ok ? result.value : '');
    const info = execFileSync('sh', ['-c', 'openssl pkcs12 -in info.p12 -passin pass:geheim -info -noout 2>&1'], {
      cwd: folder,
      encoding: 'utf8',
    });

    expect(info).toMatch(/MAC: sha256, Iteration 10000/);
    expect(info.match(/PBES2, PBKDF2, AES-256-CBC, Iteration 10000, PRF hmacWithSHA256/g)).toHaveLength(2);
  });

  it('is refused when its key is another one', async () => {
    expect(await toPem(text(textOf('rsa-leaf.pem') + textOf('ec-leaf.key')), undefined)).toMatchObject({
      ok: false,
      what: expect.stringContaining('belongs to none'),
    });
  });

  it.each<[string, SecretValue, string | undefined, RegExp]>([
    ['no certificate at all', text('s3cret'), 'p', /is no certificate/],
    ['a map without one', { kind: 'map', map: { cert: 's3cret' } }, 'p', /no key `certificate`; it has `cert`/],
    ['a map with something else there', { kind: 'map', map: { certificate: 's3cret' } }, 'p', /`certificate` holds no certificate/],
    ['broken PEM', text('-----BEGIN CERTIFICATE-----\nczNjcmV0\n-----END CERTIFICATE-----'), 'p', /cannot be read/],
    ['base64 of something else', text('czNjcmV0'), 'p', /is no certificate/],
    ['no password', text('s3cret'), undefined, /has no password/],
    ['a password with other letters', text('s3cret'), 'pässword', /outside ASCII/],
  ])('is refused: %s', async (_name, source, password, expected) => {
    const result = await toPkcs12(source, password);

    expect(result).toMatchObject({ ok: false, what: expect.stringMatching(expected) });
    expect(JSON.stringify(result)).not.toMatch(/s3cret|czNj|pässword/);
  });

  it('is no PKCS#12 file without a private key', async () => {
    expect(await toPkcs12(text(textOf('ec-leaf.pem')), 'p')).toMatchObject({ ok: false, what: expect.stringContaining('no private key') });
  });
});
