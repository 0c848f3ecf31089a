import { describe, expect, it } from 'vitest';
import { renewAt, renewalReason } from '../../../../src/tls/renewal.ts';

const at = (time: string) => new Date(`2030-06-01T${time}Z`);
const life = { notBefore: at('11:00:00'), issuedAt: at('12:00:00'), lifetime: 3 * 3_600_000, notAfter: at('16:00:00') };

describe('renewalReason', () => {
  it.each([
    ['10:59:59', 'not-yet-valid'],
    ['11:00:00', undefined],
    ['12:00:00', undefined],
    ['13:59:59', undefined],
    ['14:00:00', 'due'],
    ['15:59:59', 'due'],
    ['16:00:00', 'expired'],
  ])('at %s: %s', (time, reason) => {
    expect(renewalReason(life, at(time))).toBe(reason);
  });
});

describe('renewAt', () => {
  it('is two thirds of the lifetime, counted from the issue and not between the ends, which have room for clocks that differ', () => {
    expect(renewAt(life)).toEqual(at('14:00:00'));
  });
});
