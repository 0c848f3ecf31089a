import { describe, expect, it } from 'vitest';
import { isTrusted, MISSING_GRACE, nextTrust, SETTLE, type Trust } from '../../../../src/tls/trust.ts';

/** Plays [present, time] events. */
const after = (...events: [boolean, number][]) =>
  events.reduce<Trust>((trust, [present, time]) => nextTrust(trust, present, time), undefined);

describe('isTrusted', () => {
  it.each<[string, [boolean, number][], number, boolean]>([
    ['never seen', [], 9_999, false],
    ['seen missing only', [[false, 0]], 9_999, false],
    ['just seen', [[true, 0]], SETTLE - 1, false],
    ['seen long enough', [[true, 0]], SETTLE, true],
    [
      'seen again meanwhile',
      [
        [true, 0],
        [true, 1_500],
      ],
      SETTLE,
      true,
    ],
    [
      'wiped a moment ago',
      [
        [true, 0],
        [false, 5_000],
      ],
      5_000,
      true,
    ],
    [
      'wiped twice, told twice',
      [
        [true, 0],
        [false, 5_000],
        [false, 14_000],
      ],
      5_000 + MISSING_GRACE,
      false,
    ],
    [
      'wiped and not repaired',
      [
        [true, 0],
        [false, 5_000],
      ],
      5_000 + MISSING_GRACE,
      false,
    ],
    [
      'wiped and repaired',
      [
        [true, 0],
        [false, 5_000],
        [true, 5_050],
      ],
      60_000,
      true,
    ],
    [
      'repaired late: settles anew',
      [
        [true, 0],
        [false, 5_000],
        [true, 20_000],
      ],
      20_000 + SETTLE - 1,
      false,
    ],
    [
      'repaired late and settled',
      [
        [true, 0],
        [false, 5_000],
        [true, 20_000],
      ],
      20_000 + SETTLE,
      true,
    ],
  ])('%s', (_what, events, now, trusted) => {
    expect(isTrusted(after(...events), now)).toBe(trusted);
  });
});
