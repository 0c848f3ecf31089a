import { describe, expect, it } from 'vitest';
import { createRequestHandler } from '../../../../../injector/providers/aws/request-handler.ts';

describe('what AWS answered', () => {
  const handle = (status: number, type: string | undefined, body: string) =>
    createRequestHandler(
      async () => ({ status, headers: type === undefined ? {} : { 'content-type': type }, body: Buffer.from(body) }),
      'AWS Secrets Manager at http://aws',
    ).handle({ method: 'POST', protocol: 'http:', hostname: 'aws', path: '/', headers: {} });

  it.each(['application/x-amz-json-1.1', 'text/html', undefined])('is taken as JSON whatever its type: %s', async (type) => {
    const { response } = await handle(200, type, '{"SecretString":"x"}');

    expect([response.statusCode, Buffer.from(response.body).toString()]).toEqual([200, '{"SecretString":"x"}']);
  });

  it.each<[string, number, string | undefined, string, string]>([
    ['JSON that breaks off', 200, 'application/x-amz-json-1.1', '{"SecretString":"x', 'unavailable'],
    ['JSON of another type that breaks off', 200, 'text/html', ' {"SecretString":"x', 'unavailable'],
    ['nothing at all', 200, undefined, '', 'unavailable'],
    ['a page', 200, 'text/html', '<html>', 'protocol'],
    ['a refusal by something else', 403, 'text/html', '<html>', 'protocol'],
    ['a page that says try later', 503, 'text/html', '<html>', 'unavailable'],
  ])('tells what may heal from what may not: %s', async (_what, status, type, body, code) => {
    await expect(handle(status, type, body)).rejects.toMatchObject({ code, status });
  });
});
