import { expect, it } from 'vitest';
import { evaluate } from '../../../../injector/render/jmespath/index.ts';

it('refuses a result that doubles with each step', () => {
  const steps = (count: number) => Array.from({ length: count }, () => '[@,@]').join('|');

  expect(evaluate(steps(3), 'x')).toMatchObject({ ok: true });
  expect(evaluate(steps(40), 'x')).toMatchObject({ ok: false, what: expect.stringMatching(/100000 parts/) });
});
