import { inspect } from 'node:util';
import fc from 'fast-check';
import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../../../src/common/duration.ts';
import { AppError, errorLine } from '../../../../src/common/errors.ts';
import { formatCpu, formatMemory, parseQuantity } from '../../../../src/common/quantity.ts';
import { Redacted } from '../../../../src/common/redacted.ts';
import { Scrubber } from '../../../../src/common/scrubber.ts';

describe('Redacted', () => {
  it('shows a mask wherever it is printed and gives the value only to reveal()', () => {
    const secret = new Redacted('hunter2-canary');
    const lines: string[] = [];
    const log = pino({}, { write: (line) => lines.push(line) });

    log.info({ secret, nested: { list: [secret] } }, 'x');

    const printed = [
      String(secret),
      JSON.stringify({ secret }),
      inspect(secret),
      inspect({ a: [secret] }, { showHidden: true }),
      ...lines,
    ].join('\n');
    expect(printed).not.toContain('canary');
    expect(printed.match(/\[redacted\]/g)?.length).toBeGreaterThanOrEqual(5);
    expect(secret.reveal()).toBe('hunter2-canary');
  });
});

describe('Scrubber', () => {
  it('removes a value in every form it may be printed in', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 6, maxLength: 60 }), fc.string(), (value, around) => {
        fc.pre(!value.includes('redacted') && !'[redacted]'.includes(value) && value.trim().length >= 6);
        const scrubber = new Scrubber();
        scrubber.register(value);
        const bytes = Buffer.from(value);
        const forms = [
          value,
          JSON.stringify(value).slice(1, -1),
          bytes.toString('base64'),
          bytes.toString('base64url'),
          bytes.toString('hex'),
        ];

        for (const form of forms) expect(scrubber.scrub(`${around} ${form} ${around}`)).not.toContain(` ${form} `);
      }),
    );
  });

  it('leaves text alone that holds no secret, and does not mask very short values everywhere', () => {
    const scrubber = new Scrubber();
    scrubber.register('a');
    scrubber.register('hunter2');

    expect(scrubber.scrub('a banana')).toBe('a banana');
    expect(scrubber.scrub('say hunter2!')).toBe('say [redacted]!');
  });

  it('leaves no remainder of a value that contains another', () => {
    const scrubber = new Scrubber();
    scrubber.register('hunter2');
    scrubber.register('hunter2-extended');

    expect(scrubber.scrub('hunter2-extended')).toBe('[redacted]');
  });
});

describe('durations', () => {
  it.each([
    ['90s', 90_000],
    ['2m', 120_000],
    ['1m30s', 90_000],
    ['1h', 3_600_000],
    ['1h1m1s', 3_661_000],
    ['', undefined],
    ['5', undefined],
    ['1.5m', undefined],
    ['-1s', undefined],
    ['30s1m', undefined],
    ['1d', undefined],
  ])('%s is %s ms', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  it('formats what it parses to the same length of time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 86_000 }), (seconds) => {
        expect(parseDuration(formatDuration(seconds * 1000))).toBe(seconds * 1000);
      }),
    );
  });

  it('formats nothing as 0s', () => expect(formatDuration(0)).toBe('0s'));
});

describe('quantities', () => {
  it.each([
    ['1', 10n ** 9n],
    ['0.5', 5n * 10n ** 8n],
    ['500m', 5n * 10n ** 8n],
    ['100u', 100_000n],
    ['1n', 1n],
    ['64Mi', 67_108_864n * 10n ** 9n],
    ['1.5Gi', 1_610_612_736n * 10n ** 9n],
    ['1e3', 10n ** 12n],
    ['1E3', 10n ** 12n],
    ['1E', 10n ** 27n],
    ['2k', 2n * 10n ** 12n],
    ['.5', 5n * 10n ** 8n],
    ['5.', 5n * 10n ** 9n],
    ['+1', 10n ** 9n],
    ['-1', -(10n ** 9n)],
    ['0.1n', 1n],
    ['', undefined],
    ['.', undefined],
    ['1mi', undefined],
    ['1 Mi', undefined],
    ['Mi', undefined],
    ['1KiB', undefined],
    ['0x10', undefined],
  ])('%s', (text, value) => {
    expect(parseQuantity(text)).toBe(value);
  });

  it('prints whole millicores, mebibytes and bytes, rounded up', () => {
    expect([
      formatCpu(parseQuantity('0.25') ?? 0n),
      formatCpu(1n),
      formatMemory(parseQuantity('1Gi') ?? 0n),
      formatMemory(parseQuantity('1k') ?? 0n),
    ]).toEqual(['250m', '1m', '1024Mi', '1000']);
  });
});

describe('errors', () => {
  it('puts a chain of causes on one line', () => {
    const error = new AppError('x', 'cannot read\n  the file', { cause: new Error('no such file', { cause: 'plain' }) });

    expect(errorLine(error)).toBe('cannot read the file: no such file: plain');
    expect(error.code).toBe('x');
  });
});
