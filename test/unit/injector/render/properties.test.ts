import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseExactJson } from '../../../../injector/providers/exact-json.ts';
import { asMap } from '../../../../injector/providers/value.ts';
import { toProperties } from '../../../../injector/render/properties.ts';

/** A reader after the specification of `java.util.Properties.load`. */
function load(text: string): Record<string, string> {
  const lines: string[] = [];
  let open = false;
  for (const natural of text.split(/\r\n|\r|\n/)) {
    const trimmed = natural.replace(/^[ \t\f]+/, '');
    if (!open && (trimmed === '' || /^[#!]/.test(trimmed))) continue;
    if (open) lines.push(`${lines.pop()?.slice(0, -1)}${trimmed}`);
    else lines.push(trimmed);
    open = (/\\*$/.exec(natural)?.[0].length ?? 0) % 2 === 1;
  }
  return Object.fromEntries(
    lines.map((line) => {
      const [key = ''] = /^(?:\\[\s\S]|[^\\ \t\f=:])*/.exec(line) ?? [];
      const rest = line.slice(key.length).replace(/^[ \t\f]*[=:]?[ \t\f]*/, '');
      return [unescaped(key), unescaped(rest)];
    }),
  );
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(?:u([0-9a-fA-F]{4})|([\s\S]))/g, (_all, hex: string | undefined, one = '') =>
    hex === undefined ? ({ t: '\t', n: '\n', r: '\r', f: '\f' }[one as string] ?? one) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

describe('properties', () => {
  it('writes what Java reads', () => {
    const map =
      asMap(parseExactJson('{"db.url":"jdbc:x=y","a b":" c ","é":"ü😀","n":1.50,"none":null,"m":{"x":[1.0]},"l":"a\\nb\\\\","#c":"!d"}')) ??
      {};

    expect(toProperties(map)).toBe(
      'db.url=jdbc:x=y\na\\ b=\\ c \n\\u00e9=\\u00fc\\ud83d\\ude00\nn=1.50\nnone=\nm={"x":[1.0]}\nl=a\\nb\\\\\n\\#c=\\!d\n',
    );
  });

  it('reads back the same, and is ASCII', () => {
    const part = fc.constantFrom(' ', '=', ':', '#', '!', '\\', '\n', '\r', '\t', '\f', 'a', 'é', '\u2028', '\0', 'u0041');
    const text = fc.oneof(
      fc.array(part, { maxLength: 6 }).map((parts) => parts.join('')),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.dictionary(text, text, { noNullPrototype: true }), (map) => {
        const file = toProperties(map);
        expect(file).toMatch(/^[\n -~]*$/);
        expect(load(file)).toEqual(map);
      }),
      { numRuns: 500 },
    );
  });
});
