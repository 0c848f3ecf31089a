import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { clientOptions } from '../../../../../injector/providers/aws/client-options.ts';
import type { HttpAnswer, HttpRequest } from '../../../../../injector/providers/aws/http.ts';
import { serviceError } from '../../../../../injector/providers/aws/service-error.ts';

afterEach(() => vi.unstubAllEnvs());

/** Sends one command of the real SDK; the answer is given, the request is told. */
async function send(answer: Partial<HttpAnswer>, settings: { region?: string; endpoint?: string } = {}) {
  const asked: HttpRequest[] = [];
  const http = async (request: HttpRequest): Promise<HttpAnswer> => {
    asked.push(request);
    return { status: 200, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: Buffer.from('{"SecretString":"x"}'), ...answer };
  };
  const client = new SecretsManagerClient(
    clientOptions({
      region: settings.region ?? 'eu-central-1',
      endpoint: settings.endpoint,
      credentials: async () => ({ accessKeyId: 'AKIA', secretAccessKey: 'secret', sessionToken: 'token' }),
      http,
      place: 'AWS',
    }),
  );
  const error = await client.send(new GetSecretValueCommand({ SecretId: 'shop/db' })).then(
    () => undefined,
    (reason: unknown) =>
      serviceError(reason, { place: 'AWS', what: 'the secret shop/db', permission: 'secretsmanager:GetSecretValue', own: () => undefined }),
  );
  return { error, asked };
}
const refusal = (type: string, message = 'words', status = 400): Partial<HttpAnswer> => ({
  status,
  body: Buffer.from(JSON.stringify({ __type: type, Message: message })),
});

describe('requests of the SDK', () => {
  it.each([
    ['eu-central-1', 'secretsmanager.eu-central-1.amazonaws.com'],
    ['us-gov-west-1', 'secretsmanager.us-gov-west-1.amazonaws.com'],
    ['cn-north-1', 'secretsmanager.cn-north-1.amazonaws.com.cn'],
    ['us-iso-east-1', 'secretsmanager.us-iso-east-1.c2s.ic.gov'],
    ['eusc-de-east-1', 'secretsmanager.eusc-de-east-1.amazonaws.eu'],
  ])('go to the host of %s, signed, whatever the environment says', async (region, host) => {
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:1');
    vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', 'http://127.0.0.1:1');
    vi.stubEnv('AWS_REGION', 'us-west-2');
    vi.stubEnv('AWS_USE_FIPS_ENDPOINT', 'true');
    vi.stubEnv('AWS_PROFILE', 'none');

    const { error, asked } = await send({}, { region });

    expect(error).toBeUndefined();
    expect(asked[0]?.url.href).toBe(`https://${host}/`);
    expect(asked[0]?.headers.authorization).toContain(`/${region}/secretsmanager/aws4_request`);
    expect(asked[0]?.headers['x-amz-security-token']).toBe('token');
  });

  it('go to the endpoint that is set', async () => {
    const { asked } = await send({}, { endpoint: 'http://127.0.0.1:4566' });
    expect(asked[0]?.url.href).toBe('http://127.0.0.1:4566/');
  });
});

describe('errors of the SDK', () => {
  it.each<[string, Partial<HttpAnswer>, object]>([
    [
      'a missing permission',
      refusal(
        'AccessDeniedException',
        'User: arn:aws:sts::1:assumed-role/shop/x is not authorized to perform: secretsmanager:GetSecretValue on resource: y',
      ),
      { code: 'denied', remedy: expect.stringContaining('`secretsmanager:GetSecretValue`') },
    ],
    [
      'a missing permission without words',
      refusal('AccessDeniedException', ''),
      { code: 'denied', remedy: expect.stringContaining('`secretsmanager:GetSecretValue`') },
    ],
    [
      'a forbidden key',
      refusal('AccessDeniedException', 'Access to KMS is not allowed'),
      { code: 'denied', remedy: expect.stringContaining('`kms:Decrypt`') },
    ],
    ['a namespace in the name', refusal('com.amazonaws.secretsmanager#ThrottlingException'), { code: 'throttled' }],
    ['a quota', refusal('RequestLimitExceeded'), { code: 'throttled' }],
    [
      'Retry-After with it',
      { ...refusal('ThrottlingException'), headers: { 'retry-after': '4' } },
      { code: 'throttled', retryAfter: 4000 },
    ],
    ['an inner error', refusal('InternalServiceError', 'x', 500), { code: 'unavailable' }],
    [
      'a signature that has expired',
      refusal('InvalidSignatureException', 'Signature expired: 2020 is now earlier than 2026'),
      { code: 'unavailable', remedy: expect.stringContaining('clock') },
    ],
    ['a wrong signature', refusal('InvalidSignatureException', 'does not match'), { code: 'login-refused' }],
    ['an expired token', refusal('ExpiredTokenException'), { code: 'login-refused' }],
    [
      'what nobody foresaw',
      refusal('Odd', 'two\nlines\u0007 of words.'),
      { code: 'invalid', message: 'the secret shop/db cannot be read (Odd); AWS says: two lines of words' },
    ],
    [
      'XML',
      { status: 403, body: Buffer.from('<?xml version="1.0"?><E><Error><Code>AccessDenied</Code><Message>x</Message></Error></E>') },
      { code: 'denied' },
    ],
    ['a gateway', { status: 502, body: Buffer.from('<html>') }, { code: 'unavailable', status: 502 }],
  ])('%s', async (_what, answer, expected) => {
    expect((await send(answer)).error).toMatchObject(expected);
  });

  it('are sent once', async () => {
    expect((await send(refusal('ThrottlingException'))).asked).toHaveLength(1);
  });

  it('learns the right time from a refusal, so that the next try heals', async () => {
    const dates: string[] = [];
    const inAnHour = new Date(Date.now() + 3_600_000);
    const client = new SecretsManagerClient(
      clientOptions({
        region: 'eu-central-1',
        endpoint: undefined,
        credentials: async () => ({ accessKeyId: 'AKIA', secretAccessKey: 'secret', sessionToken: 'token' }),
        place: 'AWS',
        async http({ headers }) {
          dates.push(headers['x-amz-date'] ?? '');
          return { status: 400, headers: { date: inAnHour.toUTCString() }, body: Buffer.from('{"__type":"RequestExpired"}') };
        },
      }),
    );
    for (let tries = 0; tries < 2; tries++) await client.send(new GetSecretValueCommand({ SecretId: 'x' })).catch(() => undefined);

    // 20301122T184100Z
    const [first = 0, second = 0] = dates.map((date) =>
      Date.parse(date.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)$/, '$1-$2-$3:$4:$5')),
    );
    expect(second - first).toBeGreaterThan(3_500_000);
  });

  it('lets a defect through', () => {
    const defect = new TypeError('x');
    expect(() => serviceError(defect, { place: '', what: '', permission: '', own: () => undefined })).toThrow(defect);
  });
});
