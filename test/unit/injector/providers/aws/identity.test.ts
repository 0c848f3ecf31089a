import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { identityOf } from '../../../../../injector/providers/aws/credentials.ts';
import type { HttpAnswer, HttpRequest } from '../../../../../injector/providers/aws/http.ts';
import type { Environment } from '../../../../../injector/providers/aws/region.ts';
import type { ProviderDeps } from '../../../../../injector/providers/provider.ts';
import type { AwsSmStore } from '../../../../../src/contract/provider.ts';

const root = mkdtempSync(join(tmpdir(), 'keyfirst-aws-identity-'));
const claims = Buffer.from(
  JSON.stringify({ iss: 'https://oidc.example.com/id/1', sub: 'system:serviceaccount:shop:web', aud: ['sts.amazonaws.com'] }),
);
const TOKEN = `h.${claims.toString('base64url')}.s1gnature`;
const signal = new AbortController().signal;

beforeAll(() => {
  mkdirSync(join(root, 'token'));
  writeFileSync(join(root, 'token/aws'), `${TOKEN}\n`);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const STS_OK =
  '<R><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>AKIA</AccessKeyId><SecretAccessKey>s&amp;/+=</SecretAccessKey><SessionToken>t0ken</SessionToken></Credentials></AssumeRoleWithWebIdentityResult></R>';
const stsError = (code: string, message = 'Not authorized to perform sts:AssumeRoleWithWebIdentity') =>
  `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`;

/** Logs in against one fixed answer; tells what was asked and which credentials were kept. */
function setUp(config: Partial<AwsSmStore>, env: Environment, status = 200, body = STS_OK, headers: Record<string, string> = {}) {
  const asked: HttpRequest[] = [];
  const kept: string[] = [];
  const deps: ProviderDeps = {
    root,
    identity: { namespace: 'shop', serviceAccount: 'web' },
    connections: 16,
    keepSecret: (secret) => void kept.push(secret),
  };
  const http = async (request: HttpRequest): Promise<HttpAnswer> => {
    asked.push(request);
    return { status, headers, body: Buffer.from(body) };
  };
  const identity = identityOf({ provider: 'aws-sm', ...config }, deps, http, env, (region) => `secretsmanager.${region}.host`);
  return { identity, asked, kept };
}
const webIdentity = { tokenFile: '/token/aws', audience: 'sts.amazonaws.com', roleArn: 'arn:aws:iam::111122223333:role/shop' };

describe('web identity', () => {
  it.each(['x@evil.test/', 'evil.test/x', 'eu-central-1.evil.test', 'a#', 'a?', 'EU', 'a b', 'a\n', '.'])(
    'sends the token nowhere when the region is %j, wherever it is set',
    async (region) => {
      for (const [config, env] of [
        [{ region }, {}],
        [{}, { AWS_REGION: region }],
        [{}, { AWS_DEFAULT_REGION: region }],
      ]) {
        const { identity, asked } = setUp({ webIdentity, ...config }, env ?? {});

        await expect(identity.login(signal)).rejects.toMatchObject({ code: 'invalid', message: expect.not.stringContaining('evil') });
        expect(asked).toEqual([]);
      }
    },
  );

  it('exchanges the token and keeps every credential', async () => {
    const { identity, asked, kept } = setUp({ webIdentity, region: 'eu-central-1' }, {});

    expect(await identity.login(signal)).toEqual({ accessKeyId: 'AKIA', secretAccessKey: 's&/+=', sessionToken: 't0ken' });
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({ method: 'POST' });
    expect(asked[0]?.url.href).toBe('https://sts.eu-central-1.host/');
    expect(Object.fromEntries(new URLSearchParams(String(asked[0]?.body)))).toEqual({
      Action: 'AssumeRoleWithWebIdentity',
      Version: '2011-06-15',
      RoleArn: webIdentity.roleArn,
      RoleSessionName: 'keyfirst-shop-web',
      WebIdentityToken: TOKEN,
    });
    expect(kept).toEqual([TOKEN, 's&/+=', 't0ken']);
  });

  it.each<[string, Partial<AwsSmStore>, Environment, string]>([
    ['the endpoint as set', { stsEndpoint: 'https://vpce.example/' }, { AWS_REGION: 'us-west-2' }, 'https://vpce.example/'],
    ['the region of the environment', {}, { AWS_REGION: 'us-west-2' }, 'https://sts.us-west-2.host/'],
    ['the other variable', {}, { AWS_REGION: '', AWS_DEFAULT_REGION: 'us-west-1' }, 'https://sts.us-west-1.host/'],
    ["the home of the role's partition", {}, {}, 'https://sts.us-east-1.host/'],
    [
      'the home in China',
      { webIdentity: { ...webIdentity, roleArn: 'arn:aws-cn:iam::111122223333:role/shop' } },
      {},
      'https://sts.cn-northwest-1.host/',
    ],
  ])('asks at %s', async (_what, config, env, url) => {
    const { identity, asked } = setUp({ webIdentity, ...config }, env);

    await identity.login(signal);

    expect(asked[0]?.url.href).toBe(url);
  });

  it.each([
    [
      'AccessDenied',
      403,
      'login-refused',
      /`oidc.example.com\/id\/1:sub` is `system:serviceaccount:shop:web` and `oidc.example.com\/id\/1:aud` is `sts.amazonaws.com`/,
    ],
    ['InvalidIdentityToken', 400, 'login-refused', /issuer `https:\/\/oidc.example.com\/id\/1` with the audience `sts.amazonaws.com`/],
    ['ExpiredTokenException', 400, 'login-refused', /clock/],
    ['IDPCommunicationError', 400, 'unavailable', /openid-configuration/],
    ['RegionDisabledException', 403, 'login-refused', /Activate STS/],
    ['Throttling', 400, 'throttled', /./],
    ['ValidationError', 400, 'invalid', /role-arn/],
    ['InternalFailure', 500, 'unavailable', /./],
  ])('explains %s', async (code, status, expected, remedy) => {
    const { identity } = setUp({ webIdentity, region: 'eu-central-1' }, {}, status, stsError(code));

    const error = await identity.login(signal).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: expected, status, remedy: expect.stringMatching(remedy) });
    expect(JSON.stringify(error) + String(error)).not.toContain('s1gnature');
  });

  it("gives AWS's own words beside the remedy", async () => {
    const words = 'No OpenIDConnect provider found in your account for https://oidc.example.com/id/1';
    const { identity } = setUp({ webIdentity, region: 'eu-central-1' }, {}, 400, stsError('InvalidIdentityToken', words));

    await expect(identity.login(signal)).rejects.toMatchObject({ message: `login as ${webIdentity.roleArn} refused; AWS says: ${words}` });
  });

  it.each([
    ['a login page', 200, '<html>'],
    ['an error that is none', 404, 'not here'],
  ])('does not take %s for STS', async (_what, status, body) => {
    await expect(setUp({ webIdentity, region: 'x' }, {}, status, body).identity.login(signal)).rejects.toMatchObject({ code: 'protocol' });
  });

  it.each(['', '<?xml version="1.0"?>\n'])('tries again when %jthe answer breaks off', async (head) => {
    const whole = `${head}${STS_OK.replaceAll(/R>/g, 'AssumeRoleWithWebIdentityResponse>')}`;

    await expect(setUp({ webIdentity, region: 'x' }, {}, 200, whole).identity.login(signal)).resolves.toMatchObject({
      accessKeyId: 'AKIA',
    });
    await expect(
      setUp({ webIdentity, region: 'x' }, {}, 200, whole.slice(0, whole.length / 2)).identity.login(signal),
    ).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('breaks off') });
  });

  it('honours Retry-After', async () => {
    const { identity } = setUp({ webIdentity, region: 'x' }, {}, 429, '', { 'retry-after': '7' });
    await expect(identity.login(signal)).rejects.toMatchObject({ code: 'throttled', retryAfter: 7000 });
  });

  it('says that the token is missing', async () => {
    const { identity } = setUp({ webIdentity: { ...webIdentity, tokenFile: '/token/none' }, region: 'x' }, {});
    await expect(identity.login(signal)).rejects.toMatchObject({ code: 'invalid', message: expect.stringContaining('/token/none') });
  });
});

describe('EKS Pod Identity', () => {
  const env = {
    AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://169.254.170.23/v1/credentials',
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: '/token/aws',
  };
  const GOOD = JSON.stringify({ AccessKeyId: 'AKIA', SecretAccessKey: 's3cret', Token: 't0ken', AccountId: '1', Expiration: 'x' });

  it('asks the agent with the token', async () => {
    const { identity, asked, kept } = setUp({}, env, 200, GOOD);

    expect(await identity.login(signal)).toEqual({ accessKeyId: 'AKIA', secretAccessKey: 's3cret', sessionToken: 't0ken' });
    expect(asked[0]).toMatchObject({ method: 'GET', headers: { authorization: TOKEN } });
    expect(kept).toEqual([TOKEN, 's3cret', 't0ken']);
    expect(identity.text).toBe('service account shop/web, EKS Pod Identity');
  });

  it('gives way to a role that is set', () => {
    expect(setUp({ webIdentity }, env).identity.text).toContain('role arn:aws:iam::111122223333:role/shop');
  });

  it.each<[string, Environment, number, string, string, RegExp]>([
    ['a refusal', env, 404, '{"message":"no association"}', 'login-refused', /association of service account shop\/web/],
    ['an agent that is not ready', env, 503, '', 'unavailable', /./],
    ['an answer without credentials', env, 200, '{}', 'protocol', /eks-pod-identity-agent/],
    [
      'another host without TLS',
      { ...env, AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://evil.example/' },
      200,
      GOOD,
      'invalid',
      /169\.254\.170\.23/,
    ],
    ['no token file', { ...env, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: undefined }, 200, GOOD, 'invalid', /keyfirst-init/],
  ])('explains %s', async (_what, environment, status, body, code, remedy) => {
    await expect(setUp({}, environment, status, body).identity.login(signal)).rejects.toMatchObject({
      code,
      remedy: expect.stringMatching(remedy),
    });
  });
});

it('says what to set when the pod has no identity', async () => {
  await expect(setUp({}, {}).identity.login(signal)).rejects.toMatchObject({
    code: 'login-refused',
    remedy: expect.stringMatching(/eks\.amazonaws\.com\/role-arn[\s\S]*store\.aws\.role-arn[\s\S]*EKS Pod Identity/),
  });
});
