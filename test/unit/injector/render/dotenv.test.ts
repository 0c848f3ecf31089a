import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseExactJson } from '../../../../injector/providers/exact-json.ts';
import { asMap } from '../../../../injector/providers/value.ts';
import { toDotenv } from '../../../../injector/render/dotenv.ts';

const dotenv = (json: string) => toDotenv(asMap(parseExactJson(json)) ?? {});
const ofValue = (value: string) => toDotenv({ A: value });

describe('dotenv', () => {
  it.each<[string, string]>([
    ['{"A":"b","host":"db.example:5432"}', 'A=b\nhost=db.example:5432\n'],
    ['{"a.b-c/d":1.50,"t":true,"n":null,"m":{"x":[1.0,"y"]}}', `a_b_c_d=1.50\nt=true\nn=''\nm='{"x":[1.0,"y"]}'\n`],
    ['{"A":"a b","B":"it\'s","C":"$x `y` \\"z\\" \\\\","D":"~","E":"a\\nb"}', `A='a b'\nB="it's"\nC='$x \`y\` "z" \\'\nD='~'\nE='a\nb'\n`],
  ])('writes %s', (json, expected) => {
    expect(dotenv(json)).toEqual({ ok: true, value: expected });
  });

  it.each<[string, RegExp]>([
    ['{"a.b":1,"a-b":2}', /`a\.b` and `a-b` both become the variable `a_b`/],
    ['{"1a":"s3cret"}', /`1a` cannot be the name/],
    ['{"a b":"s3cret"}', /`a b` cannot be the name/],
    ['{"":"s3cret"}', /cannot be the name/],
    ['{"A":"s3cret\\r\\n"}', /`A`.*carriage return/],
    ['{"A":"s3cret\\u0000"}', /`A`.*NUL/],
    ['{"A":"\'s3cret$"}', /`A`.*single quote/],
    ['{"A":"s3cret\\ud800"}', /`A`.*Unicode/],
  ])('refuses %s, naming the key and no value', (json, expected) => {
    const result = dotenv(json);

    expect(result).toMatchObject({ ok: false, what: expect.stringMatching(expected) });
    expect(JSON.stringify(result)).not.toContain('s3cret');
  });

  const part = fc.constantFrom(
    "'",
    '"',
    '`',
    '$',
    '\\',
    '\n',
    '#',
    '=',
    ' ',
    '~',
    '!',
    '\\n',
    '$(x)',
    '$\u007bx}',
    '\t',
    '*',
    ';',
    '&',
    'é',
    '😀',
    'a',
    'export ',
    '\r',
  );
  const value = fc.oneof(
    fc.array(part, { maxLength: 8 }).map((parts) => parts.join('')),
    fc.string({ unit: 'binary' }),
    fc.string(),
  );

  it("reads back the same by Node's parseEnv, or is refused", () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 4 }), (values) => {
        const accepted = values.filter((one) => ofValue(one).ok);
        const map = Object.fromEntries(accepted.map((one, index) => [`V${index}`, one]));
        const file = toDotenv(map);
        expect(file.ok && parseEnv(file.value)).toEqual(map);
      }),
      { numRuns: 500 },
    );
  });

  it('refuses the one name that parseEnv loses', () => {
    expect(dotenv('{"__proto__": "x"}')).toMatchObject({ ok: false, what: expect.stringContaining('`__proto__`') });
  });

  it.each(
    ['sh', 'dash', 'bash', 'busybox'].filter((shell) => spawnSync(shell, shell === 'busybox' ? ['true'] : ['-c', 'true']).status === 0),
  )('reads back the same by %s', (shell) => {
    const folder = mkdtempSync(join(tmpdir(), 'keyfirst-dotenv-'));
    try {
      const values = fc.sample(value, 800).filter((one) => ofValue(one).ok);
      expect(values.length).toBeGreaterThan(100);
      const map = Object.fromEntries(values.map((one, index) => [`V${index}`, one]));
      const file = toDotenv(map);
      writeFileSync(join(folder, 'file'), file.ok ? file.value : '');
      const arguments_ = [...(shell === 'busybox' ? ['sh'] : []), '-c', 'set -a; . ./file; exec env -0'];
      const { stdout, stderr } = spawnSync(shell, arguments_, {
        cwd: folder,
        env: { PATH: process.env.PATH },
        maxBuffer: 1e8,
        stdio: ['ignore', 'pipe', 'pipe'],
      });

      const seen = Object.fromEntries(
        stdout
          .toString()
          .split('\0')
          .filter((line) => /^V\d+=/.test(line))
          .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
      );
      expect(stderr.toString()).toBe('');
      expect(seen).toEqual(map);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
