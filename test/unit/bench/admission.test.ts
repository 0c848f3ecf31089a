import { describe, expect, it } from 'vitest';
import { typical } from '../../../bench/admission/load.ts';
import { NUMBER, reviewOf } from '../../../bench/admission/reviews.ts';
import { percentile } from '../../../bench/measure/percentile.ts';
import { mutatePod } from '../../../src/admission/mutate-pod.ts';
import { parseReview } from '../../../src/admission/review.ts';
import { decision } from '../../support/pods.ts';

describe('the reviews of the benchmarks', () => {
  it.each([
    { entries: 2, containers: 2 },
    { entries: 100, containers: 2 },
    { entries: 2, containers: 50 },
    { entries: 1, containers: 1, bytes: 3e6 },
  ])('are injected: %o', (shape) => {
    const text = reviewOf(shape).replaceAll(NUMBER, '00000001');

    const review = parseReview(Buffer.from(text));

    expect(text.length).toBeGreaterThan(shape.bytes ?? 0);
    expect(text.length).toBeLessThan(3 * 1024 * 1024 + 10_000);
    expect(review.ok && mutatePod(review.request.pod, 'shop', decision()).kind).toBe('inject');
  });
});

describe('percentile', () => {
  it('is the value that so many do not exceed', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => index + 1);

    expect([50, 99, 100].map((percent) => percentile(hundred, percent))).toEqual([50, 99, 100]);
    expect(percentile([7], 50)).toBe(7);
    expect(percentile([], 50)).toBeNaN();
  });
});

describe('typical', () => {
  it('is the median of the rounds, and the longest of all', () => {
    const round = (value: number) => ({ perSecond: value, p50: value, p99: value, longest: value });

    expect(typical([round(3), round(1), round(9)])).toEqual({ perSecond: 3, p50: 3, p99: 3, longest: 9 });
  });
});
