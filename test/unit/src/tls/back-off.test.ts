import { describe, expect, it } from 'vitest';
import { backOff, paceAfter } from '../../../../src/tls/back-off.ts';

describe('backOff', () => {
  it('doubles from the base to the most, less at most half', () => {
    const range = { base: 100, most: 2_000 };

    expect([0, 1, 2, 5, 1_000].map((attempt) => backOff(attempt, range, () => 1))).toEqual([100, 200, 400, 2_000, 2_000]);
    expect([0, 1, 5].map((attempt) => backOff(attempt, range, () => 0))).toEqual([50, 100, 1_000]);
  });
});

describe('paceAfter', () => {
  const writes = (count: number, time = 0) => Array.from({ length: count }, () => time);

  it('lets a dozen writes a minute pass and slows down what is more', () => {
    expect(paceAfter(writes(12), 1_000, () => 1)).toBe(0);
    expect(paceAfter(writes(13), 1_000, () => 1)).toBe(500);
    expect(paceAfter(writes(15), 1_000, () => 1)).toBe(2_000);
    expect(paceAfter(writes(99), 1_000, () => 1)).toBe(30_000);
  });

  it('forgets after a minute', () => {
    expect(paceAfter(writes(99), 60_000, () => 1)).toBe(0);
  });
});
