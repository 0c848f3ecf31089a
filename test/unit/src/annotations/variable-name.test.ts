import { describe, expect, it } from 'vitest';
import { prefixProblem, variableNameProblem } from '../../../../src/annotations/variable-name.ts';

describe('the name of a variable', () => {
  it.each(['A', '_', 'db.password', 'a-b', '-x', '.x', 'A'.repeat(200)])('may be %s', (name) => {
    expect(variableNameProblem(name)).toBeUndefined();
    expect(prefixProblem(name)).toBeUndefined();
  });

  it.each([
    ['', /is not the name/],
    ['1A', /is not the name/],
    ['A=B', /is not the name/],
    ['A B', /is not the name/],
    ['A\n', /is not the name/],
    ['ä', /is not the name/],
    ['.', /is not the name/],
    ['..a', /is not the name/],
    ['A'.repeat(201), /is longer than the 200 characters/],
    ['KEYFIRST_CHECK', /needs for itself/],
  ])('may not be %j, and is not told', (name, expected) => {
    expect(variableNameProblem(name)).toMatch(expected);
    if (name.length > 2 && name !== 'KEYFIRST_CHECK') expect(variableNameProblem(name)).not.toContain(name);
  });

  it('begins with nothing by default', () => expect(prefixProblem('')).toBeUndefined());
});
