import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitWarnings } from '../../../../src/admission/warnings.ts';

describe('fitWarnings', () => {
  it('leaves sentences whole while all of them are short enough', () => {
    expect(fitWarnings(['short', 'x'.repeat(1000)])).toEqual(['keyfirst: short', `keyfirst: ${'x'.repeat(1000)}`]);
  });

  it('cuts each at 256 characters where they are not', () => {
    expect(fitWarnings(['short', 'x'.repeat(4000)])).toEqual(['keyfirst: short', `keyfirst: ${'x'.repeat(245)}…`]);
  });

  it('shows the first nine of many and counts the others', () => {
    const sentences = Array.from({ length: 12 }, (_, index) => `problem ${index}`);

    expect(fitWarnings(sentences.slice(0, 10))).toHaveLength(10);
    expect(fitWarnings(sentences)).toEqual([...sentences.slice(0, 9).map((text) => `keyfirst: ${text}`), 'keyfirst: and 3 more']);
  });

  it('puts each on one line, for a control character drops it', () => {
    expect(fitWarnings(['a\n\tb\u0000\u009fc'])).toEqual(['keyfirst: a b c']);
  });

  it('never makes more than the API server passes on, nor broken characters', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 2000 }), { maxLength: 40 }), (sentences) => {
        const lines = fitWarnings(sentences);
        // At most as many characters as UTF-16 units.
        expect(lines.join('').length).toBeLessThanOrEqual(4096);
        expect(lines.every((line) => line.isWellFormed() && !/\p{Cc}/u.test(line))).toBe(true);
        expect(lines.length).toBeLessThanOrEqual(10);
      }),
    );
  });
});
