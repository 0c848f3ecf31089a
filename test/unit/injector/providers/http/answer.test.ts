import { describe, expect, it } from 'vitest';
import { goodAnswer, HttpRefusal } from '../../../../../injector/providers/http/answer.ts';
import { baseUrl } from '../../../../../injector/providers/http/base-url.ts';
import { networkError } from '../../../../../injector/providers/http/network-error.ts';
import type { Peer } from '../../../../../injector/providers/http/peer.ts';
import { asMap, type JsonValue } from '../../../../../injector/providers/value.ts';

const peer: Peer = {
  place: 'Store at http://s',
  speaker: 'Store',
  reachable: 'Check it.',
  message: (json) => {
    const text = asMap(json)?.message;
    return typeof text === 'string' ? text : undefined;
  },
};
const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };
function thrown(status: number, json: JsonValue | undefined, headers: Record<string, string> = JSON_TYPE): unknown {
  try {
    return goodAnswer({ status, headers, json }, peer, 10_000);
  } catch (error) {
    return error;
  }
}

describe('answer', () => {
  it.each<[number, JsonValue | undefined, string, RegExp]>([
    [429, { message: 'quota' }, 'throttled', /asks to try later; Store says: quota$/],
    [408, undefined, 'unavailable', /try later$/],
    [500, undefined, 'unavailable', /try later$/],
    [503, { message: 'x\n\u0000y' }, 'unavailable', /Store says: x y$/],
    [200, undefined, 'unavailable', /breaks off/],
    [404, undefined, 'protocol', /not one of its own/],
    [302, {}, 'protocol', /not one of its own/],
  ])('%i with %j is %s', (status, json, code, message) => {
    expect(thrown(status, json)).toMatchObject({ code, status, message: expect.stringMatching(message) });
  });

  it.each([200, 302, 404])('HTML with %i is no answer of a store', (status) => {
    expect(thrown(status, undefined, { 'content-type': 'text/html; x' })).toMatchObject({
      code: 'protocol',
      message: expect.stringContaining('text/html)'),
    });
  });

  it.each([400, 401, 403, 404, 409])('%i is left to the request', (status) => {
    expect(thrown(status, { message: 'z'.repeat(1000) })).toBeInstanceOf(HttpRefusal);
    expect(thrown(status, { message: 'z'.repeat(1000) })).toMatchObject({ status, words: `; Store says: ${'z'.repeat(300)}…` });
    expect(thrown(status, {})).toMatchObject({ words: '' });
  });

  it('is its body', () => {
    expect(thrown(200, { a: 'b' })).toEqual({ a: 'b' });
    expect(thrown(201, [], {})).toEqual([]);
  });

  it.each<[string, number | undefined]>([
    ['5', 5000],
    ['0', 0],
    ['Thu, 01 Jan 1970 00:01:00 GMT', 50_000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['-5', undefined],
    ['soon', undefined],
  ])('Retry-After %j is %s ms', (header, retryAfter) => {
    expect(thrown(429, {}, { ...JSON_TYPE, 'retry-after': header })).toMatchObject({ retryAfter });
  });
});

describe('network error', () => {
  it.each([
    ['ECONNREFUSED', 'unreachable'],
    ['ETIMEDOUT', 'unreachable'],
    ['ENETUNREACH', 'unreachable'],
    ['ENOTFOUND', 'unreachable'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'untrusted'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'untrusted'],
    ['EPROTO', 'protocol'],
    ['HPE_INVALID_CONSTANT', 'protocol'],
  ])('%s is %s', (code, expected) => {
    expect(networkError(Object.assign(new Error('x'), { code }), peer)).toMatchObject({
      code: expected,
      message: expect.stringContaining(code),
    });
  });
});

it('says that time is up where the attempt was ended', () => {
  expect(networkError(Object.assign(new Error('x'), { code: 'ABORT_ERR' }), peer).message).toBe(
    'no answer from Store at http://s (time is up)',
  );
});

describe('base URL', () => {
  it.each<[string | undefined, string]>([
    [undefined, 'https://example.test'],
    ['http://127.0.0.1:1//', 'http://127.0.0.1:1'],
    ['https://example.test/x/', 'https://example.test/x'],
  ])('%s is %s', (value, expected) => {
    expect(baseUrl('endpoint', value, 'https://example.test')).toBe(expected);
  });

  it.each(['', 'example.test', 'file:///x', 'ftp://x'])('%j is refused', (value) => {
    expect(() => baseUrl('endpoint', value, 'https://example.test')).toThrow(expect.objectContaining({ code: 'invalid' }));
  });
});
