import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseReference } from '../../../../src/contract/reference.ts';

const parts = (text: string) => {
  const result = parseReference(text);
  if (!result.ok) throw new Error(result.problem);
  const { store, path, parameters, property } = result.reference;
  return { store, path, parameters: Object.fromEntries(parameters), property };
};

describe('parseReference', () => {
  it.each([
    ['vault://secret/shop/db', 'vault', 'secret/shop/db', {}, undefined],
    ['vault://secret/shop/db#password', 'vault', 'secret/shop/db', {}, 'password'],
    ['vault://secret/shop/db?version=3#password', 'vault', 'secret/shop/db', { version: '3' }, 'password'],
    ['azure-kv://shop-vault/site?type=certificate', 'azure-kv', 'shop-vault/site', { type: 'certificate' }, undefined],
    [
      'aws-sm://arn:aws:secretsmanager:eu-west-1:1234:secret:shop-AbC',
      'aws-sm',
      'arn:aws:secretsmanager:eu-west-1:1234:secret:shop-AbC',
      {},
      undefined,
    ],
    ['aws-ssm:///shop/db/host', 'aws-ssm', '/shop/db/host', {}, undefined],
    ['aws-ssm://shop/tree/', 'aws-ssm', 'shop/tree/', {}, undefined],
    ['gcp-sm://projects/p/secrets/s/versions/latest', 'gcp-sm', 'projects/p/secrets/s/versions/latest', {}, undefined],
    ['pulumi-esc://org/project/env@3', 'pulumi-esc', 'org/project/env@3', {}, undefined],
    ['vault://secret/user@host/../x', 'vault', 'secret/user@host/../x', {}, undefined],
    ['vault://secret/a%20b%3F%23%25', 'vault', 'secret/a b?#%', {}, undefined],
    ['vault://secret/a+b', 'vault', 'secret/a+b', {}, undefined],
    ['vault://secret/a%2520', 'vault', 'secret/a%20', {}, undefined],
    ['vault://secret/a#b#c?d', 'vault', 'secret/a', {}, 'b#c?d'],
    ['vault://secret/a#a%20b', 'vault', 'secret/a', {}, 'a%20b'],
    ['vault://secret/a?version=1&x=b%26c', 'vault', 'secret/a', { version: '1', x: 'b&c' }, undefined],
    ['vault://secret/$(X)/$$', 'vault', 'secret/$(X)/$$', {}, undefined],
  ])('%s', (text, store, path, parameters, property) => {
    expect(parts(text)).toEqual({ store, path, parameters, property });
  });

  it.each([
    ['hunter2', /no `:\/\/`/],
    ['', /no `:\/\/`/],
    ['://x', /store name/],
    ['Vault://x/y', /store name/],
    ['1vault://x/y', /store name/],
    [`${'v'.repeat(32)}://x/y`, /store name/],
    ['vault://', /name the secret/],
    ['vault://#a', /name the secret/],
    ['vault://a/b#', /follows the `#`/],
    ['vault://a/b%zz', /hex digits/],
    ['vault://a/b%ff', /hex digits/],
    ['vault://a/b?version', /no value/],
    ['vault://a/b?version=', /no value/],
    ['vault://a/b?=3', /name=value/],
    ['vault://a/b?', /name=value/],
    ['vault://a/b?version=1&version=2', /twice/],
    ['vault://a/b?version=%', /hex digits/],
    ['vault://a/b\nc', /control character/],
    ['vault:// a/b', /blank/],
    ['vault://a/b #c', /blank/],
    ['vault://a/b#c ', /blank/],
  ])('refuses %j', (text, problem) => {
    const result = parseReference(text);

    expect(result).toEqual({ ok: false, problem: expect.stringMatching(problem) });
  });

  it('never throws, never quotes, and keeps the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((rest) => `vault://${rest}`),
        ),
        (text) => {
          const result = parseReference(text);

          if (result.ok) expect(result.reference.text).toBe(text);
          else if (text.length > 12) expect(result.problem).not.toContain(text);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('refuses what is no valid Unicode', () => {
    expect(parseReference('vault://secret/\ud800')).toMatchObject({ ok: false, problem: expect.stringContaining('Unicode') });
  });

  it('reads back any path and property that were percent-encoded', () => {
    const word = fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => text.isWellFormed());
    fc.assert(
      fc.property(word, fc.option(word, { nil: undefined }), (path, version) => {
        const query = version === undefined ? '' : `?version=${encodeURIComponent(version)}`;

        expect(parts(`vault://${encodeURIComponent(path)}${query}`)).toMatchObject({
          path,
          parameters: version === undefined ? {} : { version },
        });
      }),
    );
  });
});
