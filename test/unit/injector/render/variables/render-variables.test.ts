import { describe, expect, it } from 'vitest';
import { parseExactJson } from '../../../../../injector/providers/exact-json.ts';
import { asMap, type SecretValue } from '../../../../../injector/providers/value.ts';
import { renderVariables } from '../../../../../injector/render/variables/render-variables.ts';
import { parseReference, type Reference } from '../../../../../src/contract/reference.ts';
import type { VariableSpec } from '../../../../../src/contract/secret-spec.ts';

const SECRETS: Readonly<Record<string, SecretValue>> = {
  text: { kind: 'text', text: 'a\nb' },
  host: { kind: 'text', text: 'db.example' },
  json: { kind: 'text', text: '{"user":"app","n":1.0}' },
  empty: { kind: 'text', text: '' },
  bytes: { kind: 'bytes', bytes: Buffer.of(1, 0xff, 2) },
  nul: { kind: 'text', text: 's3cret\0' },
  quote: { kind: 'text', text: "s3cret'" },
  surrogate: { kind: 'text', text: 's3cret\ud800' },
  encoded: { kind: 'text', text: Buffer.from('decoded').toString('base64') },
  db: map(
    '{"user":"app","password":"s3cret","port":12345678901234567890,"tls":true,"hooks":{"checkout":["a b",1e3]},"none":null,"blank":""}',
  ),
  keys: map('{"a":"1","b.c-d/e":"2","F":{"x":1}}'),
  clash: map('{"a.b":"s3cret","a-b":"s3cret","a b":"s3cret","a_b":"s3cret"}'),
  nothing: map('{}'),
};

function map(json: string): SecretValue {
  return { kind: 'map', map: asMap(parseExactJson(json)) ?? {} };
}

function reference(text: string): Reference {
  const parsed = parseReference(text);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.reference;
}

type Shape = Partial<Omit<VariableSpec, 'from'>> & { from: string | Record<string, string> };

function spec({ from, ...more }: Shape): VariableSpec {
  return {
    key: 'k',
    from:
      typeof from === 'string' ? reference(from) : Object.fromEntries(Object.entries(from).map(([name, text]) => [name, reference(text)])),
    mode: 0o440,
    ...more,
  };
}

const rendered = (shape: Shape) => renderVariables(spec(shape), ({ path }) => SECRETS[path]);
/** Values by name as one byte a character, with `undefined` for what is left out. */
async function values(shape: Shape) {
  const result = await rendered({ lists: [''], ...shape });
  if (!result.ok) return result.problems.map(({ what }) => what);
  const { variables, missing } = result.variables;
  return Object.fromEntries([
    ...variables.map(({ name, value }) => [name, Buffer.from(value).toString('latin1')]),
    ...missing.map((name) => [name, undefined]),
  ]);
}

describe('variables of an entry', () => {
  it.each<[string, Shape, Record<string, string | undefined>]>([
    ['text', { from: 'dev://text', name: 'A' }, { A: 'a\nb' }],
    ['text that is JSON, as it is', { from: 'dev://json', name: 'A' }, { A: '{"user":"app","n":1.0}' }],
    ['bytes', { from: 'dev://bytes', name: 'A' }, { A: '\u0001\u00ff\u0002' }],
    ['a property', { from: 'dev://db#password', name: 'A' }, { A: 's3cret' }],
    ['a number with its digits', { from: 'dev://db#port', name: 'A' }, { A: '12345678901234567890' }],
    ['a map as JSON', { from: 'dev://keys', name: 'A', format: 'json' }, { A: '{"a":"1","b.c-d/e":"2","F":{"x":1}}' }],
    ['base64 of bytes', { from: 'dev://bytes', name: 'A', format: 'base64' }, { A: 'Af8C' }],
    ['what base64 holds', { from: 'dev://encoded', name: 'A', format: 'base64-decode' }, { A: 'decoded' }],
    ['a template', { from: { db: 'dev://db', h: 'dev://host' }, name: 'A', template: '<< db.user >>@<< h >>' }, { A: 'app@db.example' }],
    ['several sources as JSON', { from: { h: 'dev://host' }, name: 'A', format: 'json' }, { A: '{"h":"db.example"}' }],
    ['a name that looks like a file with a form', { from: 'dev://text', name: 'A.json' }, { 'A.json': 'a\nb' }],
    [
      'properties',
      { from: 'dev://db', names: { U: 'user', P: 'port', T: 'tls', H: 'hooks', C: 'hooks.checkout', J: 'hooks.checkout[0]' } },
      { U: 'app', P: '12345678901234567890', T: 'true', H: '{"checkout":["a b",1e3]}', C: '["a b",1e3]', J: 'a b' },
    ],
    ['properties of text that is JSON', { from: 'dev://json', names: { U: 'user', N: 'n' } }, { U: 'app', N: '1.0' }],
    ['properties of a property', { from: 'dev://db#hooks', names: { C: 'checkout[1]' } }, { C: '1e3' }],
    [
      'properties of several sources',
      { from: { h: 'dev://host', db: 'dev://db' }, names: { H: 'h', U: 'db.user' } },
      { H: 'db.example', U: 'app' },
    ],
    ['every key', { from: 'dev://keys', prefix: '' }, { a: '1', b_c_d_e: '2', F: '{"x":1}' }],
    ['every key after a prefix', { from: 'dev://json', prefix: 'DB_' }, { DB_user: 'app', DB_n: '1.0' }],
    ['an optional secret that is not there', { from: 'dev://absent', name: 'A', optional: true }, { A: undefined }],
    [
      'optional properties of a secret that is not there',
      { from: 'dev://absent', names: { A: 'a', B: 'b' }, optional: true },
      { A: undefined, B: undefined },
    ],
    ['every key of an optional secret that is not there', { from: 'dev://absent', prefix: '', optional: true }, {}],
    ['every key of an optional empty map', { from: 'dev://nothing', prefix: '', optional: true }, {}],
    ['an optional property that is not there', { from: 'dev://db#nope', name: 'A', optional: true }, { A: undefined }],
    [
      'optional properties, each for itself',
      { from: 'dev://db', names: { A: 'nope', B: 'none', C: 'blank', D: 'user' }, optional: true },
      { A: undefined, B: undefined, C: '', D: 'app' },
    ],
    ['an optional empty value', { from: 'dev://empty', name: 'A', optional: true }, { A: '' }],
    [
      'optional keys that are null or empty',
      { from: 'dev://db', prefix: 'P_', optional: true },
      expect.objectContaining({ P_none: undefined, P_blank: '', P_user: 'app' }),
    ],
  ])('are %s', async (_what, shape, expected) => {
    expect(await values(shape)).toEqual(expected);
  });

  it.each<[string, Shape, RegExp[]]>([
    ['a map without a form', { from: 'dev://db', name: 'A' }, [/^variable `A`: the secret is a map, and a variable holds one value$/]],
    ['a list without a form', { from: 'dev://db#hooks.checkout', name: 'A' }, [/^variable `A`: the secret is a list/]],
    ['several sources without a form', { from: { a: 'dev://text' }, name: 'A' }, [/^variable `A`: the secret is a map/]],
    [
      'a property that is not there',
      { from: 'dev://db#nope', name: 'A' },
      [/^variable `A`: the secret has no property `nope`; it has `user`, `password`/],
    ],
    ['an empty value', { from: 'dev://empty', name: 'A' }, [/^variable `A`: the value is empty$/]],
    [
      'a template that writes nothing',
      { from: { t: 'dev://text' }, name: 'A', template: '<% if false %>x<% endif %>' },
      [/^variable `A`: the value is empty$/],
    ],
    ['text that is no Unicode', { from: 'dev://surrogate', name: 'A' }, [/^variable `A`: the text is not valid Unicode$/]],
    [
      'all properties that are wrong',
      { from: 'dev://db', names: { A: 'nope', B: 'user', C: 'none', D: 'blank', E: 'length(' } },
      [
        /^variable `A`: the secret has no property `nope`; it has `user`/,
        /^variable `C`: .*null/,
        /^variable `D`: the value is empty/,
        /^variable `E`: .*JMESPath/,
      ],
    ],
    [
      'properties of text',
      { from: 'dev://text', names: { A: 'a', B: 'b' } },
      [/^variable `A`: the secret is no map/, /^variable `B`: the secret is no map/],
    ],
    ['properties of bytes among several', { from: { b: 'dev://bytes' }, names: { A: 'b' } }, [/^the source `b` is binary/]],
    [
      'keys that share a name, and keys that are none',
      { from: 'dev://clash', prefix: '' },
      [/`a\.b` and `a-b` both become the variable `a_b`.*`a b` cannot be the name.*`a\.b` and `a_b` both/],
    ],
    ['keys of text', { from: 'dev://text', prefix: '' }, [/no map, so it has no keys/]],
    ['no keys', { from: 'dev://nothing', prefix: '' }, [/no keys/]],
    [
      'keys that are null or empty',
      { from: 'dev://db', prefix: '' },
      [/^variable `none`: the key `none` is null/, /^variable `blank`: the value is empty/],
    ],
    ['NUL', { from: 'dev://nul', name: 'A', lists: [''], suffix: '' }, [/^variable `A`: the value holds a NUL byte/]],
    ['what one of two ways does not take', { from: 'dev://quote', name: 'A', lists: [''], suffix: '' }, [/^variable `A`: .*single quote/]],
    ['an optional value all the same', { from: 'dev://quote', name: 'A', optional: true, suffix: '' }, [/^variable `A`: .*single quote/]],
  ])('refuse %s', async (_what, shape, expected) => {
    const problems = await values(shape);

    expect(problems).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
    expect(JSON.stringify(problems)).not.toContain('s3cret');
  });

  it('are made for the ways that containers take them in, and for no other', async () => {
    const shape = { from: 'dev://db', names: { U: 'user', X: 'nope' }, optional: true };
    const ways = async (more: Pick<VariableSpec, 'suffix' | 'lists'>) => {
      const result = await rendered({ ...shape, ...more });
      return result.ok && [result.variables.files.map(({ path }) => path), result.variables.entries.map(({ bytes }) => String(bytes))];
    };

    expect(await ways({ suffix: '.2' })).toEqual([['U.2', 'X.2'], []]);
    expect(await ways({ lists: [''] })).toEqual([[], ['U=app\0']]);
    expect(await ways({ suffix: '', lists: ['', 'view'] })).toEqual([['U', 'X'], ['U=app\0']]);
  });

  it('have a file each even when their secret is not there', async () => {
    const result = await rendered({ from: 'dev://absent', names: { A: 'a', B: 'b' }, optional: true, suffix: '.x' });

    expect(result).toMatchObject({
      ok: true,
      variables: { variables: [], missing: ['A', 'B'], files: [{ path: 'A.x' }, { path: 'B.x' }] },
    });
  });
});
