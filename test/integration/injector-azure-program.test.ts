import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InjectorConfigText } from '../../src/contract/injector-config.ts';
import { rsaCertificate } from '../support/azure-certificates.ts';
import { type AzureDouble, startAzureDouble } from '../support/azure-double.ts';
import { createSigner } from '../support/azure-jwt.ts';
import { AUDIENCE, azureStore, CLIENT, claims, ISSUER, SUBJECT, TENANT } from '../support/azure-store.ts';
import { InjectorBox } from '../support/vault-injector.ts';

const ODD = 'c4n4ry\r\n\0"ünï$(X)"\n\n';

describe('the injector with Azure Key Vault', () => {
  const cluster = createSigner();
  const rsa = rsaCertificate();
  let azure: AzureDouble;
  let versions: Record<string, string>;

  beforeAll(async () => {
    azure = await startAzureDouble({
      applications: [{ tenantId: TENANT, clientId: CLIENT, federated: [{ issuer: ISSUER, subject: SUBJECT, audience: AUDIENCE }] }],
      vaults: { 'shop-vault': { tenantId: TENANT, readers: { [CLIENT]: ['secret', 'certificate'] } } },
      keysOf: async () => cluster.jwks,
    });
    versions = {
      odd: azure.vaults.putSecret('shop-vault', 'odd', ODD),
      db: azure.vaults.putSecret('shop-vault', 'db', '{"password":"s3cr3t","port":5432}'),
      site: azure.vaults.putCertificate('shop-vault', 'site', rsa.cer, rsa.pkcs12),
    };
  });
  afterAll(() => azure[Symbol.asyncDispose]());

  function prepare(token: string): InjectorBox {
    const box = new InjectorBox(token);
    mkdirSync(join(box.root, 'ca'));
    writeFileSync(join(box.root, 'ca/ca.crt'), azure.ca);
    return box;
  }
  function config(files: Readonly<Record<string, string>>): InjectorConfigText {
    return {
      version: 1,
      identity: { namespace: 'shop', serviceAccount: 'web' },
      deadline: 20_000,
      messageBytes: 4096,
      stores: { 'azure-kv': azureStore(azure, { tokenFile: '/keyfirst/identity/vault' }) },
      secrets: Object.entries(files).map(([file, from]) => ({ key: `keyfirst.dev/file.${file}`, file, from, mode: 0o440 })),
    };
  }

  it('delivers secrets, properties of them and certificates with one login', async () => {
    using box = prepare(cluster.sign(claims()));
    const from = azure.asked.length;

    const result = await box.run(
      config({
        odd: 'azure-kv://shop-vault/odd',
        password: 'azure-kv://shop-vault/db#password',
        port: 'azure-kv://shop-vault/db#port',
        'site.p12': 'azure-kv://shop-vault/site',
        'tls.key': 'azure-kv://shop-vault/site?type=certificate#private-key',
        'tls.crt': 'azure-kv://shop-vault/site?type=certificate#full-chain',
      }),
    );

    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    const read = (file: string) => readFileSync(join(box.root, 'keyfirst/secrets', file));
    expect(read('odd')).toEqual(Buffer.from(ODD));
    expect([box.file('password'), box.file('port'), box.file('tls.crt')]).toEqual(['s3cr3t', '5432', rsa.chain.join('')]);
    expect(read('site.p12').toString('base64')).toBe(rsa.pkcs12);
    expect(box.file('tls.key')).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    for (const version of Object.values(versions)) expect(result.message).toContain(`version ${version}`);
    expect(result.stdout + result.message).not.toMatch(/c4n4ry|s3cr3t|PRIVATE KEY/);
    const asked = azure.asked.slice(from);
    expect([asked.filter((line) => line.startsWith('POST')).length, asked.length]).toEqual([1, 6]);
  });

  it('tells a service account that nobody trusts which subject and audience to trust', async () => {
    using box = prepare(cluster.sign(claims({ sub: 'system:serviceaccount:shop:other' })));

    const { exitCode, message } = await box.run(config({ odd: 'azure-kv://shop-vault/odd' }));

    expect(exitCode).toBe(77);
    expect(message).toContain('AADSTS700213');
    expect(message).toContain(`--issuer '${ISSUER}' --subject 'system:serviceaccount:shop:other' --audiences '${AUDIENCE}'`);
  });
});
