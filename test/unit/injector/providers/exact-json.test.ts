import { describe, expect, it } from 'vitest';
import { parseExactJson } from '../../../../injector/providers/exact-json.ts';

describe('parseExactJson', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

  it('takes five hundred levels and refuses more, so that no recursion ends the stack', () => {
    expect(JSON.stringify(parseExactJson(nested(500)))).toBe(nested(500));
    expect(() => parseExactJson(nested(501))).toThrow(SyntaxError);
    expect(() => parseExactJson('{"a":'.repeat(100_000))).toThrow(SyntaxError);
  });

  it('counts no brackets inside text', () => {
    const text = JSON.stringify({ a: `${'['.repeat(2000)}\\"${'{'.repeat(2000)}` });

    expect(JSON.stringify(parseExactJson(text))).toBe(text);
  });
});
