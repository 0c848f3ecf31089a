import { describe, expect, it } from 'vitest';
import { parseExactJson } from '../../../../../injector/providers/exact-json.ts';
import { asMap } from '../../../../../injector/providers/value.ts';
import type { Mount } from '../../../../../injector/providers/vault/mounts.ts';
import { cleanPath, encodePath } from '../../../../../injector/providers/vault/path.ts';
import { parseRead, planRead, readRefused } from '../../../../../injector/providers/vault/read.ts';
import { VaultRefusal } from '../../../../../injector/providers/vault/response.ts';

const KV2: Mount = { kind: 'kv2', path: 'secret/' };
const DEEP: Mount = { kind: 'kv2', path: 'team/a/kv/' };
const OTHER: Mount = { kind: 'other', path: 'kv1/' };
const UNKNOWN: Mount = { kind: 'unknown', path: '' };
const none = new Map<string, string>();
const version = (value: string) => new Map([['version', value]]);
const json = (text: string) => asMap(parseExactJson(text)) ?? {};

describe('path', () => {
  it.each([
    ['secret/shop/db', 'secret/shop/db'],
    ['/secret/shop/', 'secret/shop'],
    ['secret/a b/ü?#%', 'secret/a%20b/%C3%BC%3F%23%25'],
    ["secret/it's (a) test!*", "secret/it's%20(a)%20test!*"],
  ])('%s is sent as %s', (path, sent) => {
    expect(encodePath(cleanPath(path))).toBe(sent);
  });

  it.each(['', '/', 'a//b', 'a/../b', '..', './a'])('%j is refused', (path) => {
    expect(() => cleanPath(path)).toThrow(/empty, `\.` or `\.\.` part/);
  });
});

describe('plan of a read', () => {
  it.each<[string, Mount, string]>([
    ['secret/shop/db', KV2, 'secret/data/shop/db'],
    ['secret/data/shop/db', KV2, 'secret/data/shop/db'],
    ['secret/data/data/x', KV2, 'secret/data/data/x'],
    ['secret/database', KV2, 'secret/data/database'],
    ['team/a/kv/x', DEEP, 'team/a/kv/data/x'],
    ['kv1/data/x', OTHER, 'kv1/data/x'],
    ['database/creds/app', { kind: 'other', path: 'database/' }, 'database/creds/app'],
    ['secret/x', UNKNOWN, 'secret/x'],
  ])('%s on %j reads %s', (path, mount, apiPath) => {
    expect(planRead(path, none, mount)).toMatchObject({ apiPath, url: apiPath });
  });

  it('sends the version', () => {
    expect(planRead('secret/a b', version('3'), KV2).url).toBe('secret/data/a%20b?version=3');
  });

  it.each<[string, ReadonlyMap<string, string>, Mount, RegExp]>([
    ['another parameter', new Map([['label', 'x']]), KV2, /no parameter `label`/],
    ['version 0', version('0'), KV2, /no whole number/],
    ['a version that is a word', version('latest'), KV2, /no whole number/],
    ['a version where there are none', version('1'), OTHER, /no KV engine of version 2/],
  ])('refuses %s', (_name, parameters, mount, message) => {
    expect(() => planRead('secret/x', parameters, mount)).toThrow(message);
  });

  it.each(['secret', 'secret/data'])('refuses %s, which names only the mount', (path) => {
    expect(() => planRead(path, none, KV2)).toThrow(/only the mount/);
  });
});

describe('answer to a read', () => {
  const parse = (text: string, mount: Mount, apiPath = 'secret/data/x', tokenLife?: number) =>
    parseRead(json(text), { apiPath, url: apiPath, version: undefined, mount }, tokenLife, 'Vault');
  const shown = (read: ReturnType<typeof parse>) => JSON.stringify(read.value.reveal());

  it('unwraps KV version 2 and keeps digits', () => {
    const read = parse('{"data":{"data":{"n":1.50},"metadata":{"version":7}}}', KV2);

    expect(shown(read)).toBe('{"kind":"map","map":{"n":1.50}}');
    expect(read.version).toBe('7');
  });

  it('leaves KV version 1 as it is, even with the keys of an envelope', () => {
    expect(shown(parse('{"data":{"data":{"a":"1"},"metadata":{"version":1}}}', OTHER, 'kv1/data/x'))).toBe(
      '{"kind":"map","map":{"data":{"a":"1"},"metadata":{"version":1}}}',
    );
  });

  it('recognises the envelope where Vault does not tell the mount', () => {
    expect(shown(parse('{"data":{"data":{"a":"1"},"metadata":{"version":1}}}', UNKNOWN))).toBe('{"kind":"map","map":{"a":"1"}}');
    expect(shown(parse('{"data":{"data":"1"}}', UNKNOWN))).toBe('{"kind":"map","map":{"data":"1"}}');
  });

  it.each<[number | undefined, number]>([
    [undefined, 3600],
    [60, 60],
    [7200, 3600],
  ])('with a token of %s s a lease of 3600 s is valid for %i s', (tokenLife, expected) => {
    expect(parse('{"lease_id":"x","lease_duration":3600,"data":{"a":"1"}}', OTHER, 'db/creds/x', tokenLife).expiresIn).toBe(expected);
  });

  it('knows no lease without an id', () => {
    expect(parse('{"lease_id":"","lease_duration":2764800,"data":{"a":"1"}}', OTHER).expiresIn).toBeUndefined();
  });

  it.each(['{}', '{"data":null}', '{"data":"text"}'])('refuses %s, which holds no data', (text) => {
    expect(() => parse(text, OTHER)).toThrow(/holds no data/);
  });
});

describe('refusal of a read', () => {
  const refused = (status: number, body: string, mount = KV2, words = '') =>
    readRefused(new VaultRefusal(status, words, json(body)), { apiPath: 'secret/data/x', url: '', version: undefined, mount }, 'shop');

  it.each<[string, number, string, string, RegExp]>([
    ['a missing secret', 404, '{"errors":[]}', 'not-found', /no secret at secret\/data\/x/],
    [
      'a deleted version',
      404,
      '{"data":{"data":null,"metadata":{"version":2,"destroyed":false,"deletion_time":"2026-01-02T03:04:05Z"}}}',
      'not-found',
      /version 2 was deleted at 2026-01-02T03:04:05Z/,
    ],
    [
      'a destroyed version',
      404,
      '{"data":{"data":null,"metadata":{"version":2,"destroyed":true,"deletion_time":""}}}',
      'not-found',
      /version 2 was destroyed/,
    ],
    ['no permission', 403, '{"errors":["permission denied"]}', 'denied', /reading secret\/data\/x is not allowed/],
    ['a bad request', 400, '{"errors":["bad"]}', 'invalid', /cannot be read/],
    ['a path that is only written', 405, '{"errors":["unsupported operation"]}', 'invalid', /cannot be read/],
  ])('explains %s', (_name, status, body, code, message) => {
    expect(refused(status, body)).toMatchObject({ code, status, message: expect.stringMatching(message) });
  });

  it('names the command, the policy and the pitfall', () => {
    expect(refused(404, '{}').remedy).toContain('`vault kv get secret/x`');
    expect(refused(403, '{}').remedy).toContain('path "secret/data/x" { capabilities = ["read"] }');
    expect(refused(403, '{}', UNKNOWN).remedy).toContain('<mount>/data/<path>');
  });
});
