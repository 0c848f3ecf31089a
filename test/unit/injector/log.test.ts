import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLog } from '../../../injector/log.ts';
import { toValue } from '../../../injector/providers/value.ts';
import { registerSecret } from '../../../injector/register-secret.ts';
import { Scrubber } from '../../../src/common/scrubber.ts';

describe('log', () => {
  it('writes one JSON object a line', () => {
    const lines: string[] = [];

    createLog(
      new Scrubber(),
      (line) => lines.push(line),
      () => 0,
    ).warn('trying again', { store: 'vault', delay: 5, names: ['a', 'b'] });

    expect(lines).toEqual([
      '{"level":"warn","time":"1970-01-01T00:00:00.000Z","msg":"trying again","store":"vault","delay":5,"names":["a","b"]}\n',
    ]);
  });

  it('masks any registered value and stays JSON', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 4 }), fc.string(), (value, before) => {
        const scrubber = new Scrubber();
        scrubber.register(value);
        const lines: string[] = [];
        createLog(
          scrubber,
          (line) => lines.push(line),
          () => 0,
        ).error('failed', { problem: `${before}${value}`, list: [value] });
        const entry = JSON.parse(lines[0] ?? '') as { problem: string; list: string[] };
        return !entry.problem.includes(value) && !entry.list[0]?.includes(value);
      }),
    );
  });

  it('does not mask what the configuration says anyway', () => {
    const scrubber = new Scrubber();
    registerSecret(scrubber, toValue({ user: 'shop', password: 'pass-1', nested: ['word-2', 12345.5] as never }), 'vault://secret/shop/db');

    expect(scrubber.scrub('shop pass-1 word-2 12345.5')).toBe('shop [redacted] [redacted] 12345.5');
  });
});
