import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseExactJson } from '../../../../injector/providers/exact-json.ts';
import { type SecretValue, toValue } from '../../../../injector/providers/value.ts';
import { render } from '../../../../injector/render/render.ts';
import { parseReference } from '../../../../src/contract/reference.ts';
import type { SecretSpec } from '../../../../src/contract/secret-spec.ts';

const reference = (text: string) => {
  const parsed = parseReference(text);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.reference;
};

type Wish = Partial<Omit<SecretSpec, 'from' | 'password'>> & { password?: string };

function spec(from: string | Record<string, string>, { password, ...more }: Wish = {}): SecretSpec {
  const parsed =
    typeof from === 'string' ? reference(from) : Object.fromEntries(Object.entries(from).map(([name, one]) => [name, reference(one)]));
  return {
    key: 'k',
    file: 'file',
    from: parsed,
    mode: 0o440,
    ...(password === undefined ? {} : { password: reference(password) }),
    ...more,
  };
}

/** Renders with one secret for every reference, or with secrets by path; a path without one is an absent secret. */
const renderWith = (entry: SecretSpec, secret: SecretValue | Record<string, SecretValue>) =>
  render(entry, ({ path }) => (isValue(secret) ? secret : secret[path]));
const isValue = (secret: SecretValue | Record<string, SecretValue>): secret is SecretValue => typeof secret.kind === 'string';
const bytesOf = (result: Awaited<ReturnType<typeof render>>) => Buffer.from((result.ok && result.file?.bytes) || []);

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
    ['a dotted property', DB, spec('dev://x#tls.v'), '1e3'],
    ['a dotted property with a hyphen', map('{"a":{"b-c":1.0}}'), spec('dev://x#a.b-c'), '1.0'],
    ['an exact key before a dotted path', map('{"a.b":"exact","a":{"b":"path"}}'), spec('dev://x#a.b'), 'exact'],
    ['an exact key before an expression', map('{"a[0]":"exact","a":["path"]}'), spec('dev://x#a[0]'), 'exact'],
    ['a JMESPath expression', DB, spec('dev://x#hosts[0]'), 'a'],
    ['digits through JMESPath', DB, spec('dev://x#hosts[1]'), '1.0'],
    [
      'digits in a map that JMESPath makes',
      DB,
      spec('dev://x#{p: port, b: big}', { format: 'json' }),
      '{"p":5432.10,"b":12345678901234567890}',
    ],
    ['a JMESPath function', DB, spec("dev://x#join(':', [username, to_string(port)])"), 'shop:5432.10'],
    ['a comparison in JMESPath', map('{"l":[{"n":1,"v":"a"},{"n":2,"v":"b"}]}'), spec('dev://x#l[?n > `1`].v | [0]'), 'b'],
    ['an item of a list', map('[{"a":"x"}]'), spec('dev://x#[0].a'), 'x'],
    ['YAML by the extension', DB, spec('dev://x#tls', { file: 'a.yml' }), 'v: 1.0e+3\n'],
    ['dotenv by the extension', map('{"a.b":"c d"}'), spec('dev://x', { file: '.env' }), "a_b='c d'\n"],
    ['properties by the extension', map('{"a.b":"c d"}'), spec('dev://x', { file: 'conf/app.properties' }), 'a.b=c d\n'],
    ['JSON text as dotenv', text('{"A":1.0}'), spec('dev://x', { format: 'dotenv' }), 'A=1.0\n'],
    ['JSON bytes as YAML', { kind: 'bytes', bytes: Buffer.from('{"A":1.0}') }, spec('dev://x', { format: 'yaml' }), 'A: 1.0\n'],
    ['a property of JSON bytes', { kind: 'bytes', bytes: Buffer.from('{"A":1.0}') }, spec('dev://x#A'), '1.0'],
    ['base64', text('ü\0'), spec('dev://x', { format: 'base64' }), 'w7wA'],
    ['what base64 encodes', text('w7w=\n'), spec('dev://x', { format: 'base64-decode' }), 'ü'],
    ['what base64url encodes', text('w7_Dvw'), spec('dev://x', { format: 'base64-decode' }), 'ÿÿ'],
    [
      'a template over one map',
      DB,
      spec('dev://x', { template: 'port=<< port >> <% for h in hosts %><< h >>;<% endfor %>' }),
      'port=5432.10 a;1.0;',
    ],
    [
      'a template as raw text whatever the extension',
      DB,
      spec('dev://x', { file: 'a.json', template: 'no JSON: << username >>' }),
      'no JSON: shop',
    ],
    [
      'a template in another form',
      DB,
      spec('dev://x', { format: 'yaml', template: '{"u": << username | json >>, "p": << port >>}' }),
      'u: shop\np: 5432.10\n',
    ],
    ['an empty list', map('[]'), spec('dev://x', { format: 'json' }), '[]'],
  ])('writes %s', async (_name, secret, entry, expected) => {
    const result = await renderWith(entry, secret);

    expect(result).toMatchObject({ ok: true, file: { path: entry.file, mode: 0o440 } });
    expect(bytesOf(result).toString()).toBe(expected);
  });

  const SOURCES = {
    db: DB,
    host: text('db.example'),
    sm: text('{ "key": "k", "n": 1.0 }'),
    bin: { kind: 'bytes', bytes: new Uint8Array([0xff]) },
    empty: text(''),
  } satisfies Record<string, SecretValue>;

  it.each<[string, SecretSpec, string]>([
    [
      'as a map',
      spec({ u: 'dev://db#username', p: 'dev://db#port', h: 'dev://host' }, { file: 'x.json' }),
      '{"u":"shop","p":5432.10,"h":"db.example"}',
    ],
    [
      'with a whole map below',
      spec({ t: 'dev://db#tls', s: 'dev://sm' }, { file: 'x.json' }),
      '{"t":{"v":1e3},"s":"{ \\"key\\": \\"k\\", \\"n\\": 1.0 }"}',
    ],
    ['as variables', spec({ 'db.host': 'dev://host', N: 'dev://sm#n' }, { file: 'x.env' }), 'db_host=db.example\nN=1.0\n'],
    [
      'by a template',
      spec(
        { db: 'dev://db', host: 'dev://host' },
        { file: 'x.yaml', template: 'url: postgres://<< db.username >>:<< db.big >>@<< host >>/shop\n' },
      ),
      'url: postgres://shop:12345678901234567890@db.example/shop\n',
    ],
    [
      'with JSON text by its keys and whole',
      spec({ sm: 'dev://sm' }, { template: '<< sm.key >> << sm.n >> << sm >>' }),
      'k 1.0 { "key": "k", "n": 1.0 }',
    ],
    [
      'with a source that is empty where optional',
      spec({ e: 'dev://empty', h: 'dev://host' }, { file: 'x.json', optional: true }),
      '{"e":"","h":"db.example"}',
    ],
    ['with a name of Object.prototype', spec({ constructor: 'dev://host' }, { template: '<< constructor >>' }), 'db.example'],
  ])('writes several sources %s', async (_name, entry, expected) => {
    expect(bytesOf(await renderWith(entry, SOURCES)).toString()).toBe(expected);
  });

  it.each<[string, SecretSpec, RegExp[]]>([
    [
      'several at once, each with its reference',
      spec({ a: 'dev://db#nope', b: 'dev://host#x', c: 'dev://empty' }, { file: 'x.json' }),
      [/no property `nope`/, /is no map/, /is empty/],
    ],
    ['without a form', spec({ a: 'dev://host' }), [/does not say in which form/]],
    ['with binary content', spec({ bin: 'dev://bin' }, { file: 'x.json' }), [/source `bin` is binary/]],
    [
      'with a name that the template misses',
      spec({ host: 'dev://host' }, { template: '\n<< hots >>' }),
      [/line 2, column 4 of the template names `hots`, which is not there; there are `host`/],
    ],
    ['with a file that would be empty', spec({ host: 'dev://host' }, { template: '<% if false %>x<% endif %>' }), [/is empty/]],
  ])('refuses several sources: %s', async (_name, entry, expected) => {
    const result = await renderWith(entry, SOURCES);

    expect(!result.ok && result.problems.map(({ what }) => what)).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
    expect(JSON.stringify(result)).not.toMatch(/db\.example|5432/);
  });

  it.each([
    spec({ h: 'dev://host', x: 'dev://none' }, { file: 'x.json', optional: true }),
    spec({ h: 'dev://host', x: 'dev://db#none' }, { template: '<< h >>', optional: true }),
    spec('dev://db', { format: 'pkcs12', password: 'dev://none', optional: true }),
  ])('leaves an optional entry out when one of its sources is absent (%#)', async (entry) => {
    expect(await renderWith(entry, SOURCES)).toEqual({ ok: true, file: undefined });
  });

  it.each<[string, string]>([
    ['empty lines', '\n\n\na\n\n'],
    ['CRLF', 'a\r\nb\r\n'],
    ['NUL', 'a\0b'],
    ['quotes', `'"\`$(x)\\ \${y} %s`],
    ['UTF-8', '\ufeffüß😀\u2028'],
    ['64 KiB', 'x\n'.repeat(32_768)],
    ['1 MB', 'é'.repeat(500_000)],
  ])('keeps %s byte by byte, alone and through JSON and a template', async (_name, value) => {
    const secret = { v: text(value) };

    expect(bytesOf(await renderWith(spec('dev://v'), secret)).toString()).toBe(value);
    expect(JSON.parse(bytesOf(await renderWith(spec({ v: 'dev://v' }, { file: 'x.json' }), secret)).toString())).toEqual({ v: value });
    expect(bytesOf(await renderWith(spec({ v: 'dev://v' }, { template: '<< v >>' }), secret)).toString()).toBe(value);
  });

  it('keeps 1 MB of binary byte by byte, also there and back through base64', async () => {
    const bytes = Buffer.from(Array.from({ length: 1_000_000 }, (_, index) => (index * 7) % 256));

    expect(bytesOf(await renderWith(spec('dev://v'), { kind: 'bytes', bytes })).equals(bytes)).toBe(true);
    const encoded = bytesOf(await renderWith(spec('dev://v', { format: 'base64' }), { kind: 'bytes', bytes })).toString();
    expect(bytesOf(await renderWith(spec('dev://v', { format: 'base64-decode' }), text(encoded))).equals(bytes)).toBe(true);
  });

  it.each<[string, SecretValue, SecretSpec, RegExp]>([
    ['a missing property', DB, spec('dev://x#user'), /no property `user`; it has `username`, `port`/],
    ['a null property', DB, spec('dev://x#none'), /\(it is null\)/],
    ['a name of Object.prototype', DB, spec('dev://x#constructor'), /no property `constructor`/],
    ['a property of plain text', text('s3cret'), spec('dev://x#a'), /is no map/],
    ['a property of a list', text('[1]'), spec('dev://x#0'), /no property `0`; it is a list/],
    ['an absent dotted property', DB, spec('dev://x#tls.nope'), /no property `tls\.nope`; it has/],
    ['a null from JMESPath', DB, spec('dev://x#hosts[7]'), /as JMESPath it gives null/],
    ['a prototype name in JMESPath', DB, spec('dev://x#[constructor][0]'), /no property|null/],
    ['what is no JMESPath', DB, spec('dev://x#a b c('), /neither a key of the secret nor a JMESPath/],
    ['an unknown JMESPath function', DB, spec('dev://x#nope(@)'), /neither a key of the secret nor a JMESPath/],
    ['a JMESPath that does not fit', DB, spec('dev://x#abs(username)'), /does not fit the secret \(JMESPathTypeError\)/],
    ['no base64', text('s3cret!'), spec('dev://x', { format: 'base64-decode' }), /no base64 text/],
    ['a list as variables', DB, spec('dev://x#hosts', { format: 'dotenv' }), /writes a map, which the secret is not/],
    ['a map as base64', DB, spec('dev://x', { format: 'base64' }), /map cannot be written as it is/],
    ['a template over plain text', text('s3cret'), spec('dev://x', { template: '<< a >>' }), /no map, so the template has no names/],
    [
      'bytes that are no text as YAML',
      { kind: 'bytes', bytes: new Uint8Array([0xff]) },
      spec('dev://x', { format: 'yaml' }),
      /bytes that is not valid JSON/,
    ],
    ['an empty property', DB, spec('dev://x#empty'), /is empty/],
    ['an empty text', text(''), spec('dev://x'), /is empty/],
    ['a map without a form', DB, spec('dev://x'), /does not say in which form/],
    ['a list without a form', DB, spec('dev://x#hosts'), /does not say in which form/],
    ['a map raw', DB, spec('dev://x', { format: 'raw', file: 'x.json' }), /map cannot be written as it is/],
    ['text that is no JSON', text('s3cret'), spec('dev://x', { format: 'json' }), /not valid JSON/],
    ['bytes as JSON', { kind: 'bytes', bytes: new Uint8Array([1]) }, spec('dev://x', { format: 'json' }), /bytes that is not valid JSON/],
    ['half a surrogate pair', text('a\ud800'), spec('dev://x'), /not valid Unicode/],
  ])('refuses %s, naming no value', async (_name, secret, entry, expected) => {
    const result = await renderWith(entry, secret);

    expect(result).toMatchObject({ ok: false, problems: [{ what: expect.stringMatching(expected) }] });
    expect(JSON.stringify(result)).not.toMatch(/s3cret|5432|shop/);
  });

  it.each(['#user', '#none'])('leaves an optional file out when its property %s is absent', async (property) => {
    expect(await renderWith(spec(`dev://x${property}`, { optional: true }), DB)).toEqual({ ok: true, file: undefined });
  });

  it('keeps any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1 }), async (bytes) => {
        const result = await renderWith(spec('dev://x'), { kind: 'bytes', bytes });
        return result.ok && bytesOf(result).equals(bytes);
      }),
    );
  });

  it('keeps any text byte by byte', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1, unit: 'binary' }), async (value) => {
        const result = await renderWith(spec('dev://x'), text(value));
        return !value.isWellFormed() || (result.ok && bytesOf(result).toString() === value);
      }),
    );
  });

  it('writes any map as JSON that reads back the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue()), async (value) => {
        const json = JSON.stringify(value);
        const result = await renderWith(spec('dev://x', { format: 'json' }), map(json));
        return result.ok && bytesOf(result).toString() === json;
      }),
    );
  });

  it('keeps the digits of any number', async () => {
    const digits = fc
      .tuple(fc.bigInt(), fc.option(fc.nat(), { nil: undefined }))
      .map(([whole, part]) => `${whole}${part === undefined ? '' : `.${part}0`}`);
    await fc.assert(
      fc.asyncProperty(digits, async (number) => {
        const result = await renderWith(spec('dev://x#n'), map(`{"n":${number}}`));
        return result.ok && bytesOf(result).toString() === number;
      }),
    );
  });
});
