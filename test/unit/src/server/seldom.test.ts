import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { seldom } from '../../../../src/server/seldom.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it('tells the first at once, then how many there were and the last of them, and is silent without any', () => {
  const told: [number, string][] = [];
  const event = seldom<string>(1_000, (count, last) => told.push([count, last]));

  event('a');
  expect(told).toEqual([[1, 'a']]);
  for (const next of ['b', 'c', 'd']) event(next);
  expect(told).toHaveLength(1);
  vi.advanceTimersByTime(1_000);
  expect(told).toEqual([
    [1, 'a'],
    [3, 'd'],
  ]);
  vi.advanceTimersByTime(5_000);
  expect(told).toHaveLength(2);
  event('e');
  expect(told.at(-1)).toEqual([1, 'e']);
});
