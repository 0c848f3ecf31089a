import { availableParallelism } from 'node:os';
import { expect, it } from 'vitest';
import { runAll } from './pool.ts';
import { resultLine } from './report.ts';
import { TARGETS } from './targets/index.ts';

/** A fiftieth of `npm run fuzz`, which takes other inputs each time; always the same ones. */
const INPUTS = 20_000;
const SEED = 1;

it('every parser withstands hostile inputs', async () => {
  const results = await runAll(INPUTS, SEED, Math.min(2, availableParallelism()), () => undefined);

  expect(results.flatMap((result) => (result.failures.length === 0 ? [] : [resultLine(result)]))).toEqual([]);
  expect(results.map(({ name }) => name)).toEqual(TARGETS.map(({ name }) => name));
  expect(results.reduce((sum, { inputs }) => sum + inputs, 0)).toBeGreaterThan(INPUTS * 0.99);
});
