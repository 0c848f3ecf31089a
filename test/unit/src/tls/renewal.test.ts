import { describe, expect, it } from 'vitest';
import { renewAt, renewalReason } from '../../../../src/tls/renewal.ts';

const at = (time: string) => new Date(`2030-06-01T${time}Z`);
const life = { notBefore: at('11:00:00'), issuedAt: at('12:00:00'), notAfter: at('15:00:00') };

describe('renewalReason', () => {
  it.each([
    ['10:59:59', 'not-yet-valid'],
    ['11:00:00', undefined],
    ['12:00:00', undefined],
    ['13:59:59', undefined],
    ['14:00:00', 'due'],
    ['14:59:59', 'due'],
    ['15:00:00', 'expired'],
  ])('at %s: %s', (time, reason) => {
    expect(renewalReason(life, at(time))).toBe(reason);
  });
});

describe('renewAt', () => {
  it('is two thirds of the life, counted from the issue and not from the backdated start', () => {
    expect(renewAt(life)).toEqual(at('14:00:00'));
  });
});
