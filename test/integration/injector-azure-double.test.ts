import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:https';
import { ClientAssertionCredential } from '@azure/identity';
import { CertificateClient } from '@azure/keyvault-certificates';
import { KeyClient } from '@azure/keyvault-keys';
import { SecretClient } from '@azure/keyvault-secrets';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rsaCertificate } from '../support/azure-certificates.ts';
import { type AzureDouble, startAzureDouble } from '../support/azure-double.ts';
import { createSigner, fetchJwks } from '../support/azure-jwt.ts';
import { AUDIENCE, CLIENT, claims, ISSUER, SUBJECT, TENANT } from '../support/azure-store.ts';
import { localCertificate } from '../support/tls.ts';
import { listen } from '../support/vault-login.ts';

/** The double is only worth something if Microsoft's own client, unmodified, takes it for Azure. */
describe("the Key Vault double under Microsoft's SDK", () => {
  const cluster = createSigner();
  let azure: AzureDouble;

  beforeAll(async () => {
    azure = await startAzureDouble({
      applications: [{ tenantId: TENANT, clientId: CLIENT, federated: [{ issuer: ISSUER, subject: SUBJECT, audience: AUDIENCE }] }],
      vaults: {
        'shop-vault': { tenantId: TENANT, readers: { [CLIENT]: ['secret', 'certificate', 'key'] } },
        'other-vault': { tenantId: TENANT, readers: {} },
      },
      keysOf: async () => cluster.jwks,
    });
  });
  afterAll(() => azure[Symbol.asyncDispose]());

  const options = () => ({ disableChallengeResourceVerification: true, tlsOptions: { ca: azure.ca }, retryOptions: { maxRetries: 0 } });
  const url = (vault = 'shop-vault') => azure.endpoint.replace('{vault}', vault);
  const credential = (token = cluster.sign(claims()), client = CLIENT, tenant = TENANT) =>
    new ClientAssertionCredential(tenant, client, async () => token, {
      authorityHost: azure.origin,
      disableInstanceDiscovery: true,
      tlsOptions: { ca: azure.ca },
      retryOptions: { maxRetries: 0 },
    });
  const secrets = (vault?: string, ...who: Parameters<typeof credential>) => new SecretClient(url(vault), credential(...who), options());

  it('answers the challenge, then writes and reads versions', async () => {
    const client = secrets();
    const first = await client.setSecret('api-key', 'one', { contentType: 'text/plain' });
    const second = await client.setSecret('api-key', 'zwei ü\r\n"$(X)"\0');

    expect((await client.getSecret('api-key')).value).toBe('zwei ü\r\n"$(X)"\0');
    const old = await client.getSecret('API-key', { version: first.properties.version ?? '' });
    expect([old.value, old.properties.contentType, old.properties.version]).toEqual(['one', 'text/plain', first.properties.version]);
    expect(second.properties.version).toMatch(/^[0-9a-f]{32}$/);
    expect(azure.asked.filter((line) => line.endsWith(' 401'))).toEqual(['PUT /shop-vault/secrets/api-key 401']);
  });

  it('gives certificates with their secret, and keys', async () => {
    const { cer, pkcs12 } = rsaCertificate();
    const version = azure.vaults.putCertificate('shop-vault', 'site', cer, pkcs12);
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    azure.vaults.putKey('shop-vault', 'signing', publicKey.export({ format: 'jwk' }));

    const certificate = await new CertificateClient(url(), credential(), options()).getCertificate('site');
    const { key } = await new KeyClient(url(), credential(), options()).getKey('signing');

    expect([Buffer.from(certificate.cer ?? []).equals(cer), certificate.properties.version, certificate.policy?.exportable]).toEqual([
      true,
      version,
      true,
    ]);
    expect((await secrets().getSecret('site', { version })).value).toBe(pkcs12);
    const jwk = { kty: 'RSA', n: Buffer.from(key?.n ?? []).toString('base64url'), e: Buffer.from(key?.e ?? []).toString('base64url') };
    expect(createPublicKey({ key: jwk, format: 'jwk' }).equals(publicKey)).toBe(true);
  });

  it.each<[string, () => Promise<unknown>, object]>([
    ['a secret that is not there', () => secrets().getSecret('none'), { statusCode: 404, code: 'SecretNotFound' }],
    ['a name that cannot be', () => secrets().getSecret('a_b'), { statusCode: 400, code: 'BadParameter' }],
    ['a vault that the client may not read', () => secrets('other-vault').getSecret('x'), { statusCode: 403, code: 'Forbidden' }],
    [
      'an API version that is unknown',
      () => new SecretClient(url(), credential(), { ...options(), serviceVersion: '9.9' as '7.6' }).getSecret('x'),
      { statusCode: 400, code: 'BadParameter' },
    ],
    ['a secret above 25 KiB', () => secrets().setSecret('big', 'x'.repeat(26_000)), { statusCode: 400, code: 'BadParameter' }],
    [
      'another subject',
      () => secrets(undefined, cluster.sign(claims({ sub: 'system:serviceaccount:shop:other' }))).getSecret('x'),
      { message: expect.stringContaining('AADSTS700213') },
    ],
    [
      'another audience',
      () => secrets(undefined, cluster.sign(claims({ aud: ['vault'] }))).getSecret('x'),
      { message: expect.stringContaining('AADSTS700212') },
    ],
    [
      'another issuer',
      () => secrets(undefined, cluster.sign(claims({ iss: 'https://other' }))).getSecret('x'),
      { message: expect.stringContaining('AADSTS700211') },
    ],
    [
      'a token signed by somebody else',
      () => secrets(undefined, createSigner().sign(claims())).getSecret('x'),
      { message: expect.stringContaining('AADSTS50013') },
    ],
    [
      'a token that ended',
      () => secrets(undefined, cluster.sign(claims({ exp: 1 }))).getSecret('x'),
      { message: expect.stringContaining('AADSTS700024') },
    ],
    [
      'an unknown client',
      () => secrets(undefined, cluster.sign(claims()), TENANT).getSecret('x'),
      { message: expect.stringContaining('AADSTS700016') },
    ],
  ])('refuses %s as Azure does', async (_what, read, expected) => {
    await expect(read()).rejects.toMatchObject(expected);
  });

  it('keeps deleted names', async () => {
    const client = secrets();
    await client.setSecret('gone', 'x');
    azure.vaults.remove('shop-vault', 'secret', 'gone');

    await expect(client.getSecret('gone')).rejects.toMatchObject({ statusCode: 404, code: 'SecretNotFound' });
    await expect(client.setSecret('gone', 'y')).rejects.toMatchObject({ statusCode: 409 });
  });

  it("verifies tokens with the keys that it fetches from the cluster's issuer", async () => {
    const tls = await localCertificate();
    const issuer = createServer({ cert: tls.certificate, key: tls.key }, (request, response) => {
      const discovery = { issuer: ISSUER, jwks_uri: 'https://10.0.0.1:6443/openid/v1/jwks' };
      const found =
        request.url === '/openid/v1/jwks' ? cluster.jwks : request.url === '/.well-known/openid-configuration' ? discovery : undefined;
      response.writeHead(found === undefined || request.headers.authorization !== 'Bearer viewer' ? 403 : 200).end(JSON.stringify(found));
    });
    const address = (await listen(issuer)).replace('http:', 'https:');
    await using other = await startAzureDouble({
      applications: [{ tenantId: TENANT, clientId: CLIENT, federated: [{ issuer: ISSUER, subject: SUBJECT, audience: AUDIENCE }] }],
      vaults: { 'shop-vault': { tenantId: TENANT, readers: { [CLIENT]: ['secret'] } } },
      keysOf: (name) => fetchJwks(name, { address, ca: tls.certificate, bearer: 'viewer' }),
    });
    other.vaults.putSecret('shop-vault', 'x', 'fetched');
    const login = (token: string) =>
      new ClientAssertionCredential(TENANT, CLIENT, async () => token, {
        authorityHost: other.origin,
        disableInstanceDiscovery: true,
        tlsOptions: { ca: other.ca },
        retryOptions: { maxRetries: 0 },
      });
    const client = (token: string) =>
      new SecretClient(other.endpoint.replace('{vault}', 'shop-vault'), login(token), { ...options(), tlsOptions: { ca: other.ca } });

    expect((await client(cluster.sign(claims())).getSecret('x')).value).toBe('fetched');
    await expect(client(createSigner().sign(claims())).getSecret('x')).rejects.toThrow('AADSTS50013');
    issuer.closeAllConnections();
    issuer.close();
    await expect(client(cluster.sign(claims())).getSecret('x')).rejects.toThrow('AADSTS50166');
  });
});
