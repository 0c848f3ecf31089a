import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { motoMissing, startMoto, type TestMoto } from '../support/moto.ts';
import { startVault, type TestVault, vaultMissing } from '../support/vault.ts';
import { InjectorBox, vaultConfig } from '../support/vault-injector.ts';
import { enableKubernetesAuth } from '../support/vault-login.ts';
import { startFaultyVault } from '../support/vault-proxy.ts';

const missing = vaultMissing() ?? (await motoMissing());
/** Seconds that a login token lives, as `enableKubernetesAuth` sets it. */
const TOKEN_LIFE = 1200;
const CREDENTIALS = 'vault://aws/creds/shop';

/** Vault's own AWS engine makes an IAM user for each read, in moto, and deletes it when the lease ends. */
describe.skipIf(missing !== undefined)(
  `dynamic credentials of a real Vault${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    let vault: TestVault;
    let auth: AsyncDisposable;
    let moto: TestMoto;

    beforeAll(async () => {
      [vault, moto] = await Promise.all([startVault(), startMoto()]);
      auth = await enableKubernetesAuth(vault);
      await vault.call('POST', 'sys/mounts/aws', { type: 'aws' });
      await vault.call('POST', 'aws/config/root', {
        access_key: 'admin',
        secret_key: 'admin',
        region: 'us-east-1',
        iam_endpoint: moto.address,
        sts_endpoint: moto.address,
      });
      const statement = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' };
      await vault.call('POST', 'aws/roles/shop', {
        credential_type: 'iam_user',
        policy_document: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
      });
    });
    afterAll(async () => {
      await auth?.[Symbol.asyncDispose]();
      await vault?.[Symbol.asyncDispose]();
      await moto?.[Symbol.asyncDispose]();
    });

    /** What the injector delivers with leases of so many seconds. */
    async function deliver(seconds: number) {
      await vault.call('POST', 'aws/config/lease', { lease: `${seconds}s`, lease_max: `${seconds}s` });
      await using proxy = await startFaultyVault(vault.address, () => false);
      using box = new InjectorBox();
      const result = await box.run(
        vaultConfig(proxy.address, {
          'aws.json': CREDENTIALS,
          key: `${CREDENTIALS}#access_key`,
          'secret-key': `${CREDENTIALS}#secret_key`,
        }),
      );
      return { ...result, asked: proxy.asked, json: box.file('aws.json'), key: box.file('key'), secretKey: box.file('secret-key') };
    }
    const userOf = (accessKey: string) =>
      moto.query('iam', { Action: 'GetAccessKeyLastUsed', AccessKeyId: accessKey, Version: '2010-05-08' });
    const leases = async (): Promise<string[]> => {
      const list = await vault.call('LIST', 'sys/leases/lookup/aws/creds/shop').catch(() => undefined);
      return (list?.data as { keys: string[] } | undefined)?.keys.map((key) => `aws/creds/shop/${key}`) ?? [];
    };

    it.each([
      ['the lease, where it is the shorter', 300, 300],
      ['the login token, with which a longer lease ends', 7200, TOKEN_LIFE],
    ])('say how long they are valid, by %s, and that nothing renews them', async (_what, lease, expected) => {
      const { exitCode, message, stdout } = await deliver(lease);

      expect(exitCode).toBe(0);
      expect(message).toContain(`${CREDENTIALS} valid for ${expected} s, not renewed`);
      const warnings = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>)
        .filter(({ level }) => level === 'warn');
      expect(warnings).toEqual([
        expect.objectContaining({ msg: 'nothing renews these credentials', store: 'vault', reference: CREDENTIALS, validFor: expected }),
      ]);
    });

    it('are one set, made once, and live on when the injector has ended', async () => {
      const before = new Set(await leases());
      const { json, key, secretKey, asked, message, stdout } = await deliver(600);

      const { access_key, secret_key } = JSON.parse(json ?? '') as Record<string, string>;
      expect([key, secretKey]).toEqual([access_key, secret_key]);
      expect(asked.filter((path) => path === '/v1/aws/creds/shop')).toHaveLength(1);
      expect(message + stdout).not.toContain(secret_key);

      // Vault still has the lease, and AWS the user, long after the process is gone.
      const [lease, ...others] = (await leases()).filter((id) => !before.has(id));
      expect(others).toEqual([]);
      const { data } = (await vault.call('PUT', 'sys/leases/lookup', { lease_id: lease })) as { data: { ttl: number } };
      expect(data.ttl).toBeGreaterThan(500);
      expect(await userOf(access_key ?? '')).toContain('<UserName>vault-');

      // Neither the lease nor the login token, with which the lease would end, was given back.
      expect(asked.filter((path) => path.includes('revoke'))).toEqual([]);
      const { data: accessors } = (await vault.call('LIST', 'auth/token/accessors')) as { data: { keys: string[] } };
      const tokens = await Promise.all(accessors.keys.map((accessor) => vault.call('POST', 'auth/token/lookup-accessor', { accessor })));
      const logins = tokens.map((token) => token.data as { display_name: string; ttl: number }).filter(({ ttl }) => ttl > 0);
      expect(logins.map(({ display_name }) => display_name)).toContain('kubernetes-shop-web');

      // It is a real lease: when it ends, so does the user.
      await vault.call('PUT', 'sys/leases/revoke', { lease_id: lease, sync: true });
      await expect(userOf(access_key ?? '')).rejects.toThrow('NoSuchEntity');
    });
  },
);
