import { expect, it } from 'vitest';
import { withoutEndSlashes } from '../../../../src/common/end-slashes.ts';

it.each([
  ['', ''],
  ['/', ''],
  ['a', 'a'],
  ['/a//', '/a'],
  ['//a/b', '//a/b'],
])('%j without slashes at its end is %j', (text, expected) => {
  expect(withoutEndSlashes(text)).toBe(expected);
});

// The square of their number would be minutes, far beyond what a test may take.
it('passes over many slashes that are not at the end', () => {
  const text = `${'/'.repeat(1_000_000)}a`;

  expect(withoutEndSlashes(text)).toBe(text);
});
