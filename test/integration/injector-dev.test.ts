import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
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
