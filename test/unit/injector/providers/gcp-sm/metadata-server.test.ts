import { describe, expect, it } from 'vitest';
import { metadataServer } from '../../../../../injector/providers/gcp-sm/metadata-server.ts';
import type { Http } from '../../../../../injector/providers/http/http.ts';

describe('metadata server', () => {
  it.each<[string | undefined, string]>([
    [undefined, 'http://169.254.169.254'],
    ['127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['metadata.google.internal', 'http://metadata.google.internal'],
    ['http://127.0.0.1:8080/', 'http://127.0.0.1:8080'],
  ])('named %s is asked at %s, with its header', async (host, base) => {
    const asked: unknown[] = [];
    const http: Http = async (_peer, { method, url, headers }) => {
      asked.push([method, url, headers]);
      return { json: { access_token: 'x' }, headers: {} };
    };

    expect(await metadataServer(http, host).token(new AbortController().signal)).toBe('x');
    expect(asked).toEqual([['GET', `${base}/computeMetadata/v1/instance/service-accounts/default/token`, { 'metadata-flavor': 'Google' }]]);
  });

  it('named by no host is refused', () => {
    const http: Http = async () => ({ json: {}, headers: {} });

    expect(() => metadataServer(http, 'a b')).toThrow(expect.objectContaining({ code: 'invalid' }));
  });

  it('without a token in its answer is not one', async () => {
    const http: Http = async () => ({ json: {}, headers: {} });

    await expect(metadataServer(http, undefined).token(new AbortController().signal)).rejects.toMatchObject({ code: 'protocol' });
  });
});
