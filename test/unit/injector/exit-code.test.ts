import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EXIT_CODES, exitCode } from '../../../injector/exit-code.ts';
import type { Failure, FailureCode } from '../../../injector/failure.ts';

const failures = (...codes: FailureCode[]): Failure[] => codes.map((code) => ({ code, key: 'k', reference: 'r', what: 'w', remedy: 'm' }));

describe('exit code', () => {
  it.each<[FailureCode[], number]>([
    [[], 0],
    [['unreachable'], 75],
    [['unavailable', 'throttled', 'stopped'], 75],
    [['unreachable', 'not-found'], 66],
    [['not-found', 'denied'], 77],
    [['value', 'login-refused'], 77],
    [['untrusted', 'value'], 76],
    [['config', 'denied'], 78],
    [['write'], 74],
    [['bug', 'config', 'unreachable'], 70],
  ])('of %j is %i', (codes, expected) => {
    expect(exitCode(failures(...codes))).toBe(expected);
  });

  it('lies in 64 to 78, each once', () => {
    const codes = EXIT_CODES.map((row) => row.exitCode);

    expect(codes.every((code) => code >= 64 && code <= 78)).toBe(true);
    expect(new Set(codes).size).toBe(codes.length);
  });

  it('is documented row by row', () => {
    const documented = readFileSync(new URL('../../../docs/exit-codes.md', import.meta.url), 'utf8')
      .split('\n')
      .filter((line) => /^\| [1-9]/.test(line));

    expect(documented).toEqual(
      EXIT_CODES.map((row) => `| ${row.exitCode} | ${row.codes.map((code) => `\`${code}\``).join(', ')} | ${row.meaning} |`),
    );
  });
});
