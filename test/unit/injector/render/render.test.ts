import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseExactJson } from '../../../../injector/providers/exact-json.ts';
import { type SecretValue, toValue } from '../../../../injector/providers/value.ts';
import { render } from '../../../../injector/render/render.ts';
import { parseReference } from '../../../../src/contract/reference.ts';
import type { SecretSpec } from '../../../../src/contract/secret-spec.ts';

function spec(reference: string, more: Partial<SecretSpec> = {}): SecretSpec {
  const parsed = parseReference(reference);
  if (!parsed.ok) throw new Error(parsed.problem);
  return { key: 'k', file: 'file', from: parsed.reference, mode: 0o440, ...more };
}

const text = (value: string): SecretValue => ({ kind: 'text', text: value });
const map = (json: string): SecretValue => toValue(parseExactJson(json) as object & string);
const DB = map(
  '{"username":"shop","port":5432.10,"big":12345678901234567890,"on":true,"none":null,"empty":"","hosts":["a",1.0],"tls":{"v":1e3}}',
);

describe('render', () => {
  it.each<[string, SecretValue, SecretSpec, string]>([
    ['text as it is', text('a\n'), spec('dev://x'), 'a\n'],
    ['text that looks like JSON as it is', text('{ "a": 1.0 }'), spec('dev://x', { file: 'x.json' }), '{ "a": 1.0 }'],
    [
      'a map by the extension',
      DB,
      spec('dev://x', { file: 'db.JSON' }),
      '{"username":"shop","port":5432.10,"big":12345678901234567890,"on":true,"none":null,"empty":"","hosts":["a",1.0],"tls":{"v":1e3}}',
    ],
    ['a map by its format', map('{"a":1.50}'), spec('dev://x', { format: 'json' }), '{"a":1.50}'],
    ['a text property raw', DB, spec('dev://x#username'), 'shop'],
    ['a number with its digits', DB, spec('dev://x#port'), '5432.10'],
    ['a number beyond doubles', DB, spec('dev://x#big'), '12345678901234567890'],
    ['a boolean', DB, spec('dev://x#on'), 'true'],
    ['a list with a format', DB, spec('dev://x#hosts', { format: 'json' }), '["a",1.0]'],
    ['a map in a property', DB, spec('dev://x#tls', { file: 'tls.json' }), '{"v":1e3}'],
    ['a property of JSON text', text('{"a":{"b":0.10}}'), spec('dev://x#a', { format: 'json' }), '{"b":0.10}'],
    ['text parsed as JSON', text(' [1.0, "a"] '), spec('dev://x', { format: 'json' }), '[1.0,"a"]'],
    ['a property with any name', map('{"a.b/c d":"v"}'), spec('dev://x#a.b/c d'), 'v'],
    ['an empty value where optional', DB, spec('dev://x#empty', { optional: true }), ''],
    ['an empty text where optional, whatever its format', text(''), spec('dev://x', { optional: true, format: 'json' }), ''],
  ])('writes %s', (_name, secret, entry, expected) => {
    const result = render(entry, secret);

    expect(result).toMatchObject({ ok: true, value: { path: entry.file, mode: 0o440 } });
    expect(result.ok && Buffer.from(result.value?.bytes ?? []).toString()).toBe(expected);
  });

  it.each<[string, SecretValue, SecretSpec, RegExp]>([
    ['a missing property', DB, spec('dev://x#user'), /no property `user`; it has `username`, `port`/],
    ['a null property', DB, spec('dev://x#none'), /\(it is null\)/],
    ['a name of Object.prototype', DB, spec('dev://x#constructor'), /no property `constructor`/],
    ['a property of plain text', text('s3cret'), spec('dev://x#a'), /is no map/],
    ['a property of JSON text that is no object', text('[1]'), spec('dev://x#0'), /is no map/],
    ['an empty property', DB, spec('dev://x#empty'), /is empty/],
    ['an empty text', text(''), spec('dev://x'), /is empty/],
    ['a map without a form', DB, spec('dev://x'), /does not say in which form/],
    ['a list without a form', DB, spec('dev://x#hosts'), /does not say in which form/],
    ['a map raw', DB, spec('dev://x', { format: 'raw', file: 'x.json' }), /cannot write a map/],
    ['text that is no JSON', text('s3cret'), spec('dev://x', { format: 'json' }), /not valid JSON/],
    ['bytes as JSON', { kind: 'bytes', bytes: new Uint8Array([1]) }, spec('dev://x', { format: 'json' }), /cannot write bytes/],
    ['half a surrogate pair', text('a\ud800'), spec('dev://x'), /not valid Unicode/],
  ])('refuses %s, naming no value', (_name, secret, entry, expected) => {
    const result = render(entry, secret);

    expect(result).toMatchObject({ ok: false, what: expect.stringMatching(expected) });
    expect(JSON.stringify(result)).not.toMatch(/s3cret|5432|shop/);
  });

  it.each(['#user', '#none'])('leaves an optional file out when its property %s is absent', (property) => {
    expect(render(spec(`dev://x${property}`, { optional: true }), DB)).toEqual({ ok: true, value: undefined });
  });

  it('keeps any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), (bytes) => {
        const result = render(spec('dev://x'), { kind: 'bytes', bytes });
        return result.ok && Buffer.from(result.value?.bytes ?? []).equals(bytes);
      }),
    );
  });

  it('keeps any text byte by byte', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'binary' }), (value) => {
        const result = render(spec('dev://x'), text(value));
        return !value.isWellFormed() || (result.ok && Buffer.from(result.value?.bytes ?? []).toString() === value);
      }),
    );
  });

  it('writes any map as JSON that reads back the same', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const json = JSON.stringify(value);
        const result = render(spec('dev://x', { format: 'json' }), map(json));
        return result.ok && Buffer.from(result.value?.bytes ?? []).toString() === json;
      }),
    );
  });

  it('keeps the digits of any number', () => {
    const digits = fc
      .tuple(fc.bigInt(), fc.option(fc.nat(), { nil: undefined }))
      .map(([whole, part]) => `${whole}${part === undefined ? '' : `.${part}0`}`);
    fc.assert(
      fc.property(digits, (number) => {
        const result = render(spec('dev://x#n'), map(`{"n":${number}}`));
        return result.ok && Buffer.from(result.value?.bytes ?? []).toString() === number;
      }),
    );
  });
});
