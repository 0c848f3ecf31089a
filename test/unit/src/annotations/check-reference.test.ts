import { expect, it } from 'vitest';
import { checkReference } from '../../../../src/annotations/check-reference.ts';

const problem = (text: string) => {
  const checked = checkReference(text, { cluster: {}, pod: {} });
  return checked.ok ? undefined : checked.problem;
};

it('quotes a reference of 120 characters whole, and no longer one', () => {
  const start = 'vault://secret?';

  expect(problem(start + 'x'.repeat(105))).toContain(`"${start}${'x'.repeat(105)}"`);
  expect(problem(start + 'x'.repeat(106))).toContain(`"${start}${'x'.repeat(102)}…"`);
});
