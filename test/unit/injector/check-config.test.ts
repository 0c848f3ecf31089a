import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../../injector/check-config.ts';
import { decodeInjectorConfig, type InjectorConfig } from '../../../src/contract/injector-config.ts';

function config(
  ...secrets: { file: string; from?: string | Record<string, string>; password?: string; mode?: number; views?: string[] }[]
): InjectorConfig {
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

  it('lets the same file lie in different views', () => {
    expect(checkConfig(config({ file: 'a', views: ['v', 'w/x'] }, { file: 'a', views: ['w/y'] }, { file: 'a' }, { file: 'b/v' }))).toEqual(
      [],
    );
  });

  it.each<[string, Parameters<typeof config>, string]>([
    [
      'the same file twice in one view',
      [
        { file: 'a', views: ['v', 'w'] },
        { file: 'a', views: ['w'] },
      ],
      'two entries write `a`',
    ],
    ['a file where a view is', [{ file: 'a', views: ['v'] }, { file: 'v' }], 'the view `v` lies in the way of `v`'],
    ['a file in a view by its path', [{ file: 'a', views: ['v'] }, { file: 'v/x' }], 'the view `v` lies in the way of `v`'],
    ['a view below a folder of files', [{ file: 'a', views: ['v/w'] }, { file: 'v/x' }], 'the view `v/w` lies in the way of `v`'],
    [
      'a view in a view',
      [
        { file: 'a', views: ['v'] },
        { file: 'b', views: ['v/w'] },
      ],
      'the view `v/w` lies in the way of `v`',
    ],
    ['our own folder', [{ file: '.keyfirst/x' }], 'the folder `.keyfirst` belongs to Keyfirst'],
    ['a view in our own folder', [{ file: 'a', views: ['.keyfirst'] }], 'the folder `.keyfirst` belongs to Keyfirst'],
    ['a view outside', [{ file: 'a', views: ['../v'] }], 'the view `../v` is no relative folder'],
    ['no view', [{ file: 'a', views: [] }], 'the list of views is empty'],
    ['no source', [{ file: 'a', from: {} }], '`from` names no source'],
    [
      'stores without settings, each once',
      [{ file: 'a', from: { x: 'other://x', y: 'other://y', z: 'dev://z' } }],
      'the store `other` has no settings',
    ],
    ["a password's store without settings", [{ file: 'a', password: 'other://x' }], 'the store `other` has no settings'],
  ])('refuses %s', (_name, secrets, what) => {
    expect(checkConfig(config(...secrets)).map((failure) => failure.what)).toEqual([what]);
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
