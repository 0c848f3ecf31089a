import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseExactJson } from '../../../../injector/providers/exact-json.ts';
import { toYaml } from '../../../../injector/render/yaml.ts';

const yaml = (json: string) => toYaml(parseExactJson(json));

describe('YAML', () => {
  it.each<[string, string]>([
    ['{}', '{}\n'],
    ['[]', '[]\n'],
    [
      '{"a":"b","port":1.50,"big":12345678901234567890,"t":true,"x":null}',
      'a: b\nport: 1.50\nbig: 12345678901234567890\nt: true\nx: null\n',
    ],
    ['{"a":{"b":["c",{"d":"e"},[],{}]}}', 'a:\n  b:\n    - c\n    -\n      d: e\n    - []\n    - {}\n'],
    ['{"no":"no","m":"0400","e":"1e3","n":"12:30:45","empty":""}', '"no": "no"\nm: "0400"\ne: "1e3"\n"n": "12:30:45"\nempty: ""\n'],
    ['{"e":1e3,"f":-1.5E-7}', 'e: 1.0e+3\nf: -1.5e-7\n'],
    ['{"pem":"-----BEGIN X-----\\nabc\\n-----END X-----\\n"}', 'pem: |\n  -----BEGIN X-----\n  abc\n  -----END X-----\n'],
    ['{"a":"x\\ny"}', 'a: |-\n  x\n  y\n'],
    ['{"a":"x\\n\\n"}', 'a: |+\n  x\n\n'],
    ['"text\\ntwo"', '|-\n  text\n  two\n'],
  ])('writes %s', (json, expected) => {
    expect(yaml(json)).toBe(expected);
  });

  const word = fc.constantFrom(
    'no',
    'y',
    'on',
    'null',
    '~',
    '0400',
    '1e3',
    '0x1F',
    '0b1',
    '1_000',
    '12:30:45',
    '2001-12-14',
    '.inf',
    '.NaN',
    '=',
    '<<',
    '- a',
    'a: b',
    'a #b',
    '# a',
    '? a',
    '%a',
    '@a',
    '`a',
    '!a',
    '&a',
    '*a',
    '|',
    '>',
    '---',
    '...',
    '"',
    "'",
    '\\',
    ' a',
    'a ',
    'a\n',
    '\na',
    'a\n b',
    'a\n\n',
    '\n',
    '\t',
    'a\tb\nc',
    'a \nb',
    '\u0085',
    'a\u2028b',
    '\ufeff',
    '\u007f',
    '\r\n',
    '\0',
    'é',
    '😀',
  );
  const text = fc
    .oneof(
      word,
      fc.string({ unit: 'binary' }),
      fc.array(word, { maxLength: 3 }).map((parts) => parts.join('\n')),
      fc.string({ unit: 'grapheme-ascii', maxLength: 700 }),
    )
    .filter((value) => value.isWellFormed());
  const number = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }));
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      text,
      number,
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(text, tie('tree'), { maxKeys: 4, noNullPrototype: true }),
    ),
  }));

  it.each(['1.1', '1.2'] as const)('reads back the same by YAML %s', (version) => {
    fc.assert(
      fc.property(tree, (value) => {
        const json = JSON.stringify(value);
        expect(parse(yaml(json), { version, merge: version === '1.1' })).toEqual(JSON.parse(json));
      }),
      { numRuns: 300 },
    );
  });

  const python = spawnSync('python3', ['-c', 'import yaml']).status === 0;
  it.skipIf(!python)('reads back the same by PyYAML (needs python3 with yaml)', () => {
    const values = fc.sample(tree, 600).map((value) => JSON.stringify(value));
    const program = `
import json, sys, yaml
for number, (text, document) in enumerate(json.load(sys.stdin)):
    expected = json.loads(text)
    try:
        got = yaml.safe_load(document)
    except Exception as error:
        print(number, repr(document), 'fails', type(error).__name__, str(error)[:300]); continue
    if json.dumps(got) != json.dumps(expected) and got != expected: print(number, repr(document), 'gives', repr(got))
`;
    const { stdout, stderr } = spawnSync('python3', ['-c', program], {
      input: JSON.stringify(values.map((json) => [json, yaml(json)])),
      encoding: 'utf8',
    });

    expect(stdout + stderr).toBe('');
  });
});
