import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { InjectorConfigText } from '../../src/contract/injector-config.ts';
import { InjectorBox } from '../support/vault-injector.ts';

const CANARY = 'c4n4ry-$(X)-$$';

const config = (...secrets: InjectorConfigText['secrets']): InjectorConfigText => ({
  version: 1,
  identity: { namespace: 'shop', serviceAccount: 'web' },
  deadline: 5_000,
  messageBytes: 4096,
  stores: { dev: { provider: 'dev', file: '/keyfirst/dev/secrets.yaml' } },
  secrets,
});

describe('injector as a process, with the dev store', () => {
  it('writes files with their bytes and modes, and the message', async () => {
    using box = new InjectorBox();
    mkdirSync(join(box.root, 'keyfirst/dev'));
    writeFileSync(join(box.root, 'keyfirst/dev/secrets.yaml'), `shop/db: {user: shop, password: '${CANARY}'}\n`);

    const result = await box.run(
      config(
        { key: 'keyfirst.dev/file.db.json', file: 'db.json', from: 'dev://shop/db', mode: 0o440 },
        { key: 'keyfirst.dev/secrets[0]', file: 'a/password', from: 'dev://shop/db#password', mode: 0o400 },
      ),
    );

    expect(result).toMatchObject({
      exitCode: 0,
      stderr: '',
      message: 'Keyfirst delivered 2 files.\ndev://shop/db\ndev://shop/db#password',
    });
    expect([box.file('db.json'), box.file('a/password')]).toEqual([`{"user":"shop","password":"${CANARY}"}`, CANARY]);
    expect(statSync(join(box.root, 'keyfirst/secrets/a/password')).mode & 0o777).toBe(0o400);
    expect(result.stdout).not.toContain('c4n4ry');
  });

  it('delivers every form, with the parts of the program that it loads for them', async () => {
    using box = new InjectorBox();
    mkdirSync(join(box.root, 'keyfirst/dev'));
    const openssl = (...words: string[]) =>
      execFileSync('openssl', words, { cwd: box.root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'key.pem', '-out', 'cert.pem', '-subj', '/CN=shop', '-days', '9');
    openssl('pkcs12', '-export', '-legacy', '-inkey', 'key.pem', '-in', 'cert.pem', '-out', 'old.p12', '-passout', 'pass:geheim');
    const secrets = {
      'shop/db': { user: 'shop', password: CANARY, port: 5432, hooks: { checkout: 'hook-value', list: ['one', 'two'] } },
      old: readFileSync(join(box.root, 'old.p12')).toString('base64'),
      word: 'geheim',
    };
    writeFileSync(join(box.root, 'keyfirst/dev/secrets.yaml'), stringify(secrets));
    const entry = (file: string, from: string | Record<string, string>, more = {}) => ({ key: file, file, from, mode: 0o440, ...more });

    const result = await box.run(
      config(
        entry('app.env', { USER: 'dev://shop/db#user', PORT: 'dev://shop/db#port' }),
        entry('app.yaml', { db: 'dev://shop/db' }, { template: 'url: << db.user >>:<< db.password | url_encode >>@<< db.port >>' }),
        entry('app.properties', 'dev://shop/db#hooks'),
        entry('hook', 'dev://shop/db#hooks.checkout'),
        entry('last', 'dev://shop/db#hooks.list[-1]', { views: ['view-1'] }),
        entry('tls.pem', 'dev://old', { format: 'pem', password: 'dev://word' }),
        entry('tls.p12', 'dev://old', { format: 'pkcs12', password: 'dev://word', views: ['view-1', 'view-2'] }),
      ),
    );

    expect(result).toMatchObject({ exitCode: 0, stderr: '', message: expect.stringMatching(/^Keyfirst delivered 7 files\./) });
    expect(['app.env', 'app.yaml', 'app.properties', 'hook', 'view-1/last'].map((name) => box.file(name))).toEqual([
      'USER=shop\nPORT=5432\n',
      `url: shop:${encodeURIComponent(CANARY)}@5432`,
      'checkout=hook-value\nlist=["one","two"]\n',
      'hook-value',
      'two',
    ]);
    const certificate = readFileSync(join(box.root, 'cert.pem'), 'utf8');
    expect(box.file('tls.pem')).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    expect(box.file('tls.pem')?.endsWith(certificate)).toBe(true);
    for (const view of ['view-1', 'view-2']) {
      expect(openssl('pkcs12', '-in', `keyfirst/secrets/${view}/tls.p12`, '-passin', 'pass:geheim', '-nodes')).toContain(certificate);
    }
    expect(result.stdout).not.toMatch(/c4n4ry|geheim|hook-value/);
  });

  it('ends with the class of the failure and says it in the message', async () => {
    using box = new InjectorBox();

    const result = await box.run(config({ key: 'keyfirst.dev/file.a', file: 'a', from: 'dev://x', mode: 0o440 }));

    expect(result).toMatchObject({
      exitCode: 78,
      stderr: '',
      message: expect.stringContaining("the dev store's file /keyfirst/dev/secrets.yaml cannot be read"),
    });
  });
});
