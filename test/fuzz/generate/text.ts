import fc from 'fast-check';

/** Words that mean something to a language, a file system, a shell, a template or a prototype. */
export const WORDS = [
  '',
  ' ',
  '0',
  '-1',
  '1e999',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'valueOf',
  'then',
  'toJSON',
  '\0',
  '\n',
  '\r\n',
  '\t',
  '\u0085',
  '\u2028',
  '\ufeff',
  '\ud800',
  '\udc00',
  '\u202e',
  '🔑',
  'é',
  '//',
  '/',
  '\\',
  '..',
  '../../etc/passwd',
  '..data',
  '.keyfirst',
  '/proc/self',
  '/dev',
  '%',
  '%00',
  '%2F',
  '%ff',
  '%C0%AE',
  '%u0000',
  '$',
  '$(X)',
  '$$',
  '${x}',
  '`',
  '"',
  "'",
  ':',
  '#',
  '?',
  '&',
  '=',
  '*',
  '@',
  '!',
  '|',
  '>',
  '~',
  '{',
  '}',
  '[',
  ']',
  ',',
  ': ',
  '- ',
  '&a',
  '*a',
  '<<',
  '>>',
  '<%',
  '%>',
  '<<: *a',
  '---',
  '...',
  '%YAML 9',
  '!!js/function',
  '!!binary',
  '!!set',
  'true',
  'null',
  'NaN',
  '.inf',
  '0x1f',
  '1_000',
  'a'.repeat(64),
  'x'.repeat(300),
  '://',
  'vault://',
  'vault://secret/a',
  'é'.repeat(200),
  '99999999999999999999',
  '1e-400',
  '-0',
  '\u001b[31m',
];

/** Short text of every kind. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...WORDS) },
  { weight: 2, arbitrary: fc.string({ maxLength: 24 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 24 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 12 }) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...WORDS), fc.constantFrom(...WORDS)).map(([a, b]) => a + b) },
);

/** One piece many times, to `longest` characters at most: what costs the square of its length shows. */
export function repeated(longest: number, pieces: readonly string[] = WORDS): fc.Arbitrary<string> {
  const piece = fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('') || ' ');
  return fc
    .tuple(anyText, piece, fc.integer({ min: 4, max: Math.floor(Math.log2(longest)) }), anyText)
    .map(([before, part, power, after]) => (before + part.repeat(Math.ceil(2 ** power / part.length)) + after).slice(0, longest));
}

/** A valid text with a few places damaged. */
export function damaged(valid: fc.Arbitrary<string>, pieces: readonly string[] = WORDS): fc.Arbitrary<string> {
  const edit = fc.record({ at: fc.nat(), length: fc.nat(8), kind: fc.nat(4), text: fc.oneof(fc.constantFrom(...pieces), anyText) });
  return fc.tuple(valid, fc.array(edit, { minLength: 1, maxLength: 4 })).map(([text, edits]) => edits.reduce(damage, text));
}

function damage(text: string, { at, length, kind, text: piece }: { at: number; length: number; kind: number; text: string }): string {
  const place = at % (text.length + 1);
  const [before, part, after] = [text.slice(0, place), text.slice(place, place + length), text.slice(place + length)];
  switch (kind) {
    case 0:
      return before + after;
    case 1:
      return before + piece + part + after;
    case 2:
      return before + piece + after;
    case 3:
      return before + part.repeat(3) + after;
    default:
      return before;
  }
}
