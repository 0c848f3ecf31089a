import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../../injector/check-config.ts';
import { decodeInjectorConfig, type InjectorConfig } from '../../../src/contract/injector-config.ts';

function config(...secrets: { file: string; from?: string; mode?: number }[]): InjectorConfig {
  const decoded = decodeInjectorConfig(
    JSON.stringify({
      version: 1,
      identity: { namespace: 'n', serviceAccount: 's' },
      deadline: 1000,
      messageBytes: 1000,
      stores: { dev: { provider: 'dev', file: '/f' } },
      secrets: secrets.map((secret, index) => ({ key: `k${index}`, from: 'dev://x', mode: 0o400, ...secret })),
    }),
  );
  if (!decoded.ok) throw new Error(decoded.problems.join());
  return decoded.config;
}

describe('check of the configuration', () => {
  it.each(['a', 'a/b/c', '.hidden', 'a..b', 'ünïcode', 'a b'])('accepts the file %j', (file) => {
    expect(checkConfig(config({ file }))).toEqual([]);
  });

  it.each([
    '',
    '/a',
    '../a',
    'a/../b',
    '..',
    '.',
    'a//b',
    'a/',
    './a',
    '..data',
    '..data/a',
    '..x',
    'a/..b',
    'a\\b',
    'a\nb',
    'a\0b',
    'x'.repeat(256),
  ])('refuses the file %j', (file) => {
    expect(checkConfig(config({ file }))).toMatchObject([{ code: 'config', key: 'k0', reference: 'dev://x' }]);
  });

  it.each([0, -1, 1.5, 86_400_001])('refuses the deadline %d', (deadline) => {
    expect(checkConfig({ ...config({ file: 'a' }), deadline })).toMatchObject([
      { code: 'config', what: expect.stringContaining('deadline') },
    ]);
  });

  it('tells all problems at once', () => {
    const failures = checkConfig(
      config({ file: 'a' }, { file: 'a' }, { file: 'a/b' }, { file: 'c', from: 'other://x' }, { file: 'd', mode: 0o1777 }),
    );

    expect(failures.map(({ what }) => what)).toEqual([
      'the store `other` has no settings',
      'the mode 1023 is not between 0 and 0777',
      'two entries write `a`',
      '`a` cannot be a file and a folder',
    ]);
  });

  it('lets no path out of the volume', () => {
    const part = fc.constantFrom('..', '.', '', 'a', '..data', 'b', '/', '\\');
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
        const file = parts.join('/');
        const accepted = checkConfig(config({ file })).length === 0;
        return !accepted || new URL(file, 'file:///volume/').pathname.startsWith('/volume/');
      }),
    );
  });
});
