import fc from 'fast-check';
import { stringify } from 'yaml';
import { FORMATS } from '../../../src/contract/secret-spec.ts';
import { CANARY } from '../laws.ts';
import { anyJson, mapOf, misshapen } from './json.ts';
import { anyReference, validReference } from './references.ts';
import { anyText, damaged, repeated } from './text.ts';

/** Pieces of YAML that grow: each of them many times is a different kind of work. */
const PIECES = [
  '[',
  ']',
  '{',
  '}',
  '- ',
  '? ',
  ': ',
  '&a ',
  '*a ',
  '! ',
  '!!a ',
  '"',
  "'",
  ',',
  '\n',
  '#\n',
  '\t',
  '---\n',
  '%\n',
  '@',
  '|\n',
  '>\n',
  'a: b\n',
  '- a\n',
  '<<: *a\n',
  '  ',
  '[a,',
  '{a: ',
  '"a" ',
  '\\',
  '- - ',
  '? a\n',
  '-\n',
  ' x\n',
];

const entry = fc
  .record(
    {
      file: fc.oneof(fc.constantFrom('a', 'app.env', 'config/db.json', 'tls/key.p12'), anyText),
      env: fc.oneof(fc.constantFrom('A', '*'), anyText, mapOf(anyText, anyText, 3)),
      from: fc.oneof(validReference, anyReference, mapOf(anyText, anyReference, 3)),
      template: fc.oneof(fc.constant('<< a.b >>'), anyText),
      format: fc.oneof(fc.constantFrom<string>(...FORMATS), anyText),
      password: anyReference,
      mode: fc.oneof(fc.constantFrom('0400', '0999', '4000'), anyText, fc.integer()),
      optional: fc.oneof(fc.boolean(), anyText),
      containers: fc.oneof(fc.array(fc.oneof(fc.constantFrom('web', 'worker'), anyText), { maxLength: 3 }), anyText),
      prefix: anyText,
    },
    { requiredKeys: ['from'] },
  )
  .map(({ file, env, ...rest }) =>
    file !== undefined && env !== undefined && file.length % 4 > 0 ? { file, ...rest } : { file, env, ...rest },
  );

const validList = fc.array(fc.record({ file: fc.constantFrom('a', 'b/c.json'), from: validReference, mode: fc.constant('0440') }), {
  minLength: 1,
  maxLength: 4,
});

const asYaml = (value: unknown): string => stringify(value, { aliasDuplicateObjects: false });

/** Aliases, bombs, prototypes, merges, tags and directives. */
const KNOWN_EVIL = [
  'a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: [*c,*c]\n',
  '- &a {file: x, from: vault://a/b}\n- <<: *a\n',
  '- __proto__: {file: x}\n  from: vault://a/b\n',
  '- constructor: {prototype: {polluted: 1}}\n  file: x\n  from: vault://a/b\n',
  '- file: !!js/function "x"\n  from: vault://a/b\n',
  '%YAML 1.1\n---\n- file: !!binary aGk=\n  from: vault://a/b\n',
  '- file: x\n  from: &x vault://a/b\n- file: y\n  from: *x\n',
  '? {file: x}\n: {from: y}\n',
  '- {file: x, file: y, from: vault://a/b}\n',
  '--- [a]\n--- [b]\n',
];

/** The text of `keyfirst.dev/secrets`, up to `longest` characters. */
export function anyList(longest: number): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 6, arbitrary: fc.array(entry, { minLength: 1, maxLength: 3 }).map(asYaml) },
    { weight: 5, arbitrary: damaged(validList.map(asYaml), [...PIECES, CANARY]) },
    { weight: 3, arbitrary: misshapen(validList, fc.oneof(anyJson(), fc.constant(CANARY))).map(asYaml) },
    { weight: 2, arbitrary: damaged(fc.constantFrom(...KNOWN_EVIL), PIECES) },
    { weight: 1, arbitrary: anyText.map((text) => CANARY + text) },
    { weight: 2, arbitrary: repeated(longest, PIECES) },
  );
}

export const yamlPieces: readonly string[] = PIECES;
