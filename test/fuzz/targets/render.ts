import { parseEnv } from 'node:util';
import fc from 'fast-check';
import { parseDocument } from 'yaml';
import { parseExactJson } from '../../../injector/providers/exact-json.ts';
import { type SecretValue, toValue } from '../../../injector/providers/value.ts';
import { formatValue } from '../../../injector/render/formats.ts';
import { selectProperty } from '../../../injector/render/property.ts';
import { toBytes } from '../../../injector/render/to-bytes.ts';
import '../../../injector/render/jmespath/index.ts';
import '../../../injector/render/template/index.ts';
import { fileKeyRefFile } from '../../../injector/render/variables/file-key-ref.ts';
import { renderVariables } from '../../../injector/render/variables/render-variables.ts';
import { listEntry } from '../../../injector/render/variables/wrapper-list.ts';
import { parseReference } from '../../../src/contract/reference.ts';
import { FORMATS } from '../../../src/contract/secret-spec.ts';
import { anyJson, nested } from '../generate/json.ts';
import { anyText, damaged, repeated } from '../generate/text.ts';
import { CANARY, checkMessages, checkPrototypes, holds } from '../laws.ts';
import { target } from '../target.ts';

const told = { length: 6_000 };
/** JSON of a store; every text in it may be the secret. */
const secretJson = anyJson(
  fc.oneof(
    anyText,
    anyText.map((text) => text + CANARY),
  ),
);
const secrets: fc.Arbitrary<SecretValue | undefined> = fc
  .oneof(
    { weight: 90, arbitrary: secretJson.map((json) => JSON.stringify(json) ?? 'null') },
    {
      weight: 30,
      arbitrary: fc.constant(JSON.stringify({ a: { b: CANARY, list: [1, 2, { x: CANARY }] }, n: 12, key: CANARY, 'x-y': null })),
    },
    { weight: 1, arbitrary: nested },
    { weight: 1, arbitrary: repeated(16_384) },
  )
  .chain((text) =>
    fc.constantFrom('map', 'text', 'bytes').map((kind): SecretValue | undefined => {
      if (kind === 'text') return { kind, text };
      if (kind === 'bytes') return { kind, bytes: Buffer.from(text) };
      try {
        const json = parseExactJson(text);
        return json === null ? undefined : toValue(json);
      } catch {
        return { kind: 'text', text };
      }
    }),
  );

const expressions = [
  'a.b',
  'a.list[0].x',
  'a.list[*].x',
  'a.*',
  '@',
  '*',
  '[]',
  '[*]',
  'a.list[?x==`1`]',
  "a.list[?x=='a'].x | [0]",
  'length(@)',
  'keys(@)',
  'values(a)',
  'to_string(@)',
  "join(',', keys(@))",
  'sort_by(a.list, &x)',
  'map(&x, a.list)',
  'merge(@, @)',
  '{x: a, y: n}',
  '[a, n]',
  'a || n',
  '!a',
  'n > `1`',
  'a.list[::-1]',
  'a.list[0:99999999999]',
  '"x-y"',
  'to_number(key)',
  'max(a.list)',
  'not_null(z, a)',
  'type(@)',
  "contains(key, 'a')",
  'reverse(key)',
  '__proto__',
  'constructor',
  'a.constructor.name',
  '[@,@]|[@,@]',
  '`{"a":1}`',
];
const expressionPieces = [
  '[',
  ']',
  '*',
  '@',
  '.',
  '|',
  '[@,@]',
  '[@,@]|',
  '&',
  '`',
  '"',
  "'",
  '(',
  ')',
  'a.',
  '[*]',
  '[]',
  '!',
  '{a: ',
  '||',
  '&&',
  '[?',
  'length(',
  'merge(@,@)|',
  'not_null(',
];

export const property = target({
  name: 'property',
  parses: 'properties and JMESPath expressions on answers of a store',
  share: 60,
  inputs: fc.tuple(
    secrets,
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...expressions) },
      { weight: 4, arbitrary: damaged(fc.constantFrom(...expressions), expressionPieces) },
      { weight: 1, arbitrary: anyText },
      { weight: 1, arbitrary: repeated(4_096, expressionPieces) },
    ),
  ),
  async run([secret, text]) {
    if (secret === undefined) return;
    const result = await selectProperty(secret, text);
    if (!result.ok) return checkMessages([result.what.replaceAll('\n', ' '), result.remedy], told);
    checkPrototypes(result.value);
    for (const format of FORMATS.filter((one) => one !== 'pkcs12' && one !== 'pem')) await formatValue(result.value.value, { format });
  },
});

const templates = [
  '<< a.b >>',
  '<< a[key] >>',
  '<< a[a.b] >>',
  "<< a['b'] | upcase >>",
  '<% for x in a.list %><< x >><% endfor %>',
  '<% if a.b %>1<% else %>2<% endif %>',
  '<% assign z = a.b | split: "" %><< z | join: "," >>',
  '<< a | json >>',
  '<< n | plus: 1 >>',
  '<% raw %><< x >><% endraw %>',
  '<% capture c %><< key >><% endcapture %><< c >>',
  '<< key | slice: 0, 3 | append: key >>',
  "<< key | date: '%Y' >>",
  '<% case n %><% when 12 %>y<% endcase %>',
  '<% tablerow x in a.list %><< x >><% endtablerow %>',
  "<% include 'x' %>",
  "<% render 'x' %>",
  "<% layout 'x' %>",
  '<< a.__proto__ >>',
  '<< constructor >>',
  '<< a.constructor.name >>',
  '<< a.list | map: "constructor" >>',
  '<% increment i %><% cycle "a","b" %>',
  '<% unless z %>x<% endunless %>',
  '<< key | replace: "a", key | base64_encode >>',
  '<% comment %>x<% endcomment %>',
  '<% liquid\n assign x = 1\n echo x\n%>',
  '<< a.list | where: "x" | first | json >>',
  '<% # note %>',
  '<< a.list | sort | reverse | uniq | compact | size >>',
  '<< key | url_encode | strip_html | truncate: 5 >>',
  '<< n | times: n | divided_by: 0 | modulo: 7 >>',
  '<< key | find_exp: "x", "x == key" >>',
  '<< a.list | group_by_exp: "x", "x.x" | json >>',
];
const templatePieces = [
  '<<',
  '>>',
  '<%',
  '%>',
  'for x in (1..9)',
  '<% for x in a.list %>',
  '<% endfor %>',
  '| ',
  'a',
  '.',
  '[',
  ']',
  '"',
  "'",
  'key',
  '| json',
  '| append: key',
  '| where: ',
  '__proto__',
  'constructor',
  '<% if ',
  '<% endif %>',
  '<% assign ',
];

export const template = target({
  name: 'template',
  parses: 'templates with answers of a store',
  share: 30,
  inputs: fc.tuple(
    secrets,
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...templates) },
      { weight: 4, arbitrary: damaged(fc.constantFrom(...templates), templatePieces) },
      { weight: 1, arbitrary: anyText },
      { weight: 1, arbitrary: repeated(2_048, templatePieces) },
    ),
  ),
  async run([secret, text]) {
    if (secret === undefined) return;
    const result = await toBytes(
      { template: text },
      { sources: [{ reference: REFERENCE, selected: { value: secret } }], password: undefined },
    );
    if (!result.ok) return checkMessages([result.what, result.remedy], told);
    const named = await toBytes(
      { template: text, format: 'raw' },
      { sources: [{ name: 'a', reference: REFERENCE, selected: { value: secret } }], password: undefined },
    );
    if (!named.ok) checkMessages([named.what, named.remedy], told);
  },
});

const parsedReference = parseReference('dev://x');
if (!parsedReference.ok) throw new Error('the reference of the fuzzer is wrong');
const REFERENCE = parsedReference.reference;

const bombs = [
  '<% for i in (1..1000000000) %>x<% endfor %>',
  `${'<% for i in (1..9999) %>'.repeat(6)}x${'<% endfor %>'.repeat(6)}`,
  '<% assign a = "xxxxxxxxxxxxxxxx" %><% for i in (1..64) %><% assign a = a | append: a %><% endfor %><< a >>',
  '<% assign a = "x,x,x,x" | split: "," %><% for i in (1..64) %><% assign a = a | concat: a %><% endfor %><< a | json >>',
  '<% assign a = "xx" %><% for i in (1..40) %><% assign a = a | replace: "x", "xxxx" %><% endfor %>',
  '<% for i in (1..100000) %><% capture a %><< a >><< i >>xxxxxxxxxxxxxxxxxxxxxxxxxx<% endcapture %><% endfor %>',
  '<% tablerow i in (1..100000000) %>x<% endtablerow %>',
  '<% assign a = "x" | times: 2 %><% for i in (1..100) %><% for j in (1..100000) %><% cycle "a","b" %><% endfor %><% endfor %>',
  '<% for i in (0..99999999999999999999) %><% endfor %>',
  '<% assign a = (1..100000000) %><< a | size >>',
  '<% assign a = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" | split: "" %><% for i in (1..30) %><% for j in a %><% for k in a %><% for l in a %><% assign z = a | sort | reverse | json %><% endfor %><% endfor %><% endfor %><% endfor %>',
  `<< ${'('.repeat(10_000)} >>`,
  `<< key ${'| append: key '.repeat(2_000)} >>`,
  `${'<% if key %>'.repeat(5_000)}${'<% endif %>'.repeat(5_000)}`,
  `<% assign a = key %>${'<% assign a = a | append: a %>'.repeat(80)}`,
  '<% assign a = "x" %><% for i in (1..60) %><% assign a = a | url_encode | append: "%" | append: a %><% endfor %>',
  `<< key | truncate: 5, "${'x'.repeat(1_000)}" | strip_html >>`,
  '<% assign s = "<" %><% for i in (1..20) %><% assign s = s | append: s %><% endfor %><< s | strip_html >>',
  '<% assign s = " " %><% for i in (1..18) %><% assign s = s | append: s %><% endfor %><% assign s = s | append: "x" | rstrip | strip | strip_newlines | split: " " | join: "x" %>',
];

/** Time and memory of what is meant to use them up; a template belongs to the pod itself, so its limit is one of seconds. */
export const templateBombs = target({
  name: 'template-bombs',
  parses: 'templates that loop and grow, up to their limit of 2 s',
  share: 1,
  most: 60,
  bound: 4_000,
  inputs: fc.tuple(fc.constantFrom(...bombs), fc.nat(3)).map(([bomb, tail]) => bomb + ' '.repeat(tail)),
  async run(text) {
    const map = parseExactJson(JSON.stringify({ key: CANARY, a: { b: CANARY, list: [1, 2, 3] } }));
    const value = map === null ? undefined : toValue(map);
    if (value === undefined) return;
    const result = await toBytes(
      { template: text, format: 'raw' },
      { sources: [{ reference: REFERENCE, selected: { value } }], password: undefined },
    );
    if (!result.ok) checkMessages([result.what, result.remedy], told);
    else holds(result.value.length <= 64 * 2 ** 20, `${result.value.length} bytes`);
  },
});

export const forms = target({
  name: 'forms',
  parses: 'JSON, YAML, dotenv, properties and base64 of answers of a store; the written text read back',
  share: 60,
  inputs: fc.tuple(
    secrets,
    fc.constantFrom('json', 'yaml', 'dotenv', 'properties', 'base64', 'base64-decode', 'raw') as fc.Arbitrary<(typeof FORMATS)[number]>,
  ),
  async run([secret, format]) {
    if (secret === undefined) return;
    const result = await formatValue(secret, { format });
    if (!result.ok) return checkMessages([result.what, result.remedy], told);
    const text = Buffer.from(result.value).toString();
    if (format === 'json') JSON.parse(text);
    if (format === 'yaml' && text.length < 4_096) holds(parseDocument(text, { uniqueKeys: false }).errors.length === 0, 'is no YAML');
    if (format === 'dotenv')
      holds(
        Object.keys(parseEnv(text)).length === (text.match(/^[A-Za-z_]\w*=/gm) ?? []).length || text.includes("'") || text.includes('"'),
        'names are lost',
      );
  },
});

export const variables = target({
  name: 'variables',
  parses: 'variables from answers of a store',
  share: 25,
  inputs: fc.tuple(
    secrets,
    fc.oneof(anyText, fc.constantFrom('key', 'a.b')),
    fc.oneof(anyText, fc.constant('P_')),
    fc.nat(2),
    fc.boolean(),
  ),
  async run([secret, text, prefix, kind, optional]) {
    const spec = {
      key: 'k',
      from: REFERENCE,
      mode: 0o440,
      optional,
      suffix: '-a',
      lists: [''],
      ...(kind === 0 ? { name: 'A' } : kind === 1 ? { names: { A: text, B: 'key' } } : { prefix }),
    };
    const result = await renderVariables(spec, () => secret);
    if (result.ok) checkPrototypes(result.variables);
    else
      checkMessages(
        result.problems.flatMap(({ what, remedy }) => [what.replaceAll('\n', ' '), remedy]),
        told,
      );
    const value = Buffer.from(text);
    fileKeyRefFile('A', value, { suffix: '', emptyAllowed: true });
    listEntry({ name: 'A', value });
  },
});
