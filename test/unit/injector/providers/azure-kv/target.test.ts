import { describe, expect, it } from 'vitest';
import { parseTarget } from '../../../../../injector/providers/azure-kv/target.ts';

const V = '0123456789abcdef0123456789abcdef';
const parse = (path: string, parameters: Record<string, string> = {}) => parseTarget(path, new Map(Object.entries(parameters)));

describe('parseTarget', () => {
  it.each([
    [
      'shop-vault/api-key',
      {},
      { vault: 'shop-vault', type: 'secret', name: 'api-key', version: undefined, text: 'secret shop-vault/api-key' },
    ],
    [`shop-vault/site/${V}`, { type: 'certificate' }, { type: 'certificate', version: V, text: `certificate shop-vault/site/${V}` }],
    ['shop-vault/k', { type: 'key', version: V }, { type: 'key', version: V }],
    ['abc/x', {}, { vault: 'abc', name: 'x' }],
    [`a${'b'.repeat(23)}/${'n'.repeat(127)}`, {}, {}],
  ])('takes %s %j', (path, parameters, expected) => {
    expect(parse(path, parameters)).toMatchObject(expected);
  });

  it('knows one object by every spelling of it', () => {
    const ids = [parse(`Shop-Vault/API-Key/${V.toUpperCase()}`), parse('shop-vault/api-key', { version: V, type: 'secret' })].map(
      ({ id }) => id,
    );

    expect(new Set(ids)).toEqual(new Set([`shop-vault/secret/api-key/${V}`]));
    expect(parse('shop-vault/api-key', { type: 'key' }).id).not.toBe(parse('shop-vault/api-key').id);
  });

  it.each([
    ['shop-vault', {}, /the path is not that of an object/],
    ['/shop-vault/x', {}, /the path is not that of an object|vault name/],
    ['shop-vault/x/', {}, /the path is not that of an object/],
    [`shop-vault/x/${V}/y`, {}, /the path is not that of an object/],
    ['shop.vault.azure.net/x', {}, /vault name/],
    ['ab/x', {}, /vault name/],
    ['shop--vault/x', {}, /vault name/],
    ['evil@host/x', {}, /vault name/],
    ['shop-vault/a_b', {}, /the name is not/],
    ['shop-vault/..', {}, /the name is not/],
    ['shop-vault/x/3', {}, /the version is not 32 hex digits/],
    ['shop-vault/x', { version: 'latest' }, /the version is not 32 hex digits/],
    [`shop-vault/x/${V}`, { version: V }, /in the path and in `version`/],
    ['shop-vault/x', { type: 'cert' }, /`type` is not one of secret, certificate, key/],
    ['shop-vault/x', { label: 'a' }, /no parameter `label`/],
  ])('refuses %s %j', (path, parameters, message) => {
    expect(() => parse(path, parameters)).toThrow(message);
  });
});
