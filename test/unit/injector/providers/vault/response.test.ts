import { describe, expect, it } from 'vitest';
import { retryAfter } from '../../../../../injector/providers/retry-after.ts';
import { networkError } from '../../../../../injector/providers/vault/network-error.ts';
import { type Answer, checkAnswer, VaultRefusal } from '../../../../../injector/providers/vault/response.ts';

const answer = (status: number, json: unknown, more: Partial<Answer> = {}): Answer => ({
  status,
  contentType: 'application/json',
  retryAfter: undefined,
  location: undefined,
  empty: false,
  json: json as Answer['json'],
  ...more,
});
function thrown(value: Answer): unknown {
  try {
    checkAnswer(value, 'Vault at http://v');
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('answer', () => {
  it.each<[number, unknown, string, RegExp]>([
    [503, { errors: ['Vault is sealed'] }, 'unavailable', /^Vault at http:\/\/v is sealed$/],
    [500, { errors: ['1 error occurred:\n\t* boom\n'] }, 'unavailable', /try later; Vault says: boom$/],
    [502, undefined, 'unavailable', /try later$/],
    [429, { errors: ['rate limit quota exceeded'] }, 'throttled', /quota/],
    [408, {}, 'unavailable', /try later/],
    [412, {}, 'unavailable', /try later/],
    [200, undefined, 'unavailable', /breaks off/],
    [404, undefined, 'protocol', /not one of Vault's/],
  ])('%i with %j is %s', (status, json, code, message) => {
    expect(thrown(answer(status, json))).toMatchObject({ code, status, message: expect.stringMatching(message) });
  });

  it('tells the remedy of throttling from that of an outage', () => {
    expect(thrown(answer(429, undefined))).toMatchObject({ remedy: expect.stringContaining('rate limit quota') });
    expect(thrown(answer(500, undefined))).toMatchObject({ remedy: expect.stringContaining('health of Vault') });
  });

  it.each([200, 302, 404])('HTML with %i is no answer of Vault', (status) => {
    expect(thrown(answer(status, undefined, { contentType: 'text/html; charset=utf-8' }))).toMatchObject({
      code: 'protocol',
      message: expect.stringContaining('text/html'),
    });
  });

  it.each([400, 403, 404, 405])('%i is left to the request', (status) => {
    expect(thrown(answer(status, { errors: ['no\u0000 handler\n for route'] }))).toBeInstanceOf(VaultRefusal);
    expect(thrown(answer(status, { errors: ['no\u0000 handler\n for route'] }))).toMatchObject({
      status,
      words: '; Vault says: no handler for route',
    });
  });

  it('shortens what Vault says and drops what says nothing', () => {
    expect(thrown(answer(400, { errors: ['x'.repeat(1000)] }))).toMatchObject({ words: `; Vault says: ${'x'.repeat(300)}…` });
    expect(thrown(answer(403, { errors: ['1 error occurred:\n\t* permission denied\n\n'] }))).toMatchObject({ words: '' });
    expect(thrown(answer(403, { errors: [{ a: 1 }] }))).toMatchObject({ words: '' });
  });

  it('gives the body, nothing for 204', () => {
    expect(checkAnswer(answer(200, { data: 1 }), 'v')).toEqual({ data: 1 });
    expect(checkAnswer(answer(204, undefined, { contentType: undefined, empty: true }), 'v')).toEqual({});
  });

  it.each<[string | undefined, number | undefined]>([
    [undefined, undefined],
    ['5', 5000],
    ['0', 0],
    ['Thu, 01 Jan 1970 00:01:00 GMT', 50_000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['-5', undefined],
    ['soon', undefined],
    ['', undefined],
  ])('Retry-After %j is %s ms', (header, expected) => {
    expect(retryAfter(header, 10_000)).toBe(expected);
  });
});

describe('network error', () => {
  it.each([
    ['ECONNREFUSED', 'unreachable'],
    ['ECONNRESET', 'unreachable'],
    ['ENOTFOUND', 'unreachable'],
    ['EAI_AGAIN', 'unreachable'],
    ['ETIMEDOUT', 'unreachable'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'untrusted'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'untrusted'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'untrusted'],
    ['CERT_HAS_EXPIRED', 'untrusted'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'untrusted'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'protocol'],
    ['EPROTO', 'protocol'],
    ['HPE_INVALID_CONSTANT', 'protocol'],
  ])('%s is %s', (code, expected) => {
    expect(networkError(Object.assign(new Error('x'), { code }), 'Vault')).toMatchObject({
      code: expected,
      message: expect.stringContaining(code),
    });
  });
});
