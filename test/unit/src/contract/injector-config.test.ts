import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeInjectorConfig, encodeInjectorConfig, type InjectorConfigText } from '../../../../src/contract/injector-config.ts';

const config = (change: Partial<InjectorConfigText> = {}): InjectorConfigText => ({
  version: 1,
  identity: { namespace: 'shop', serviceAccount: 'shop' },
  deadline: 120_000,
  messageBytes: 4096,
  stores: {
    vault: { provider: 'vault', address: 'https://vault.test', role: 'shop', auth: 'kubernetes', authPath: 'kubernetes', tokenFile: '/t' },
  },
  secrets: [{ key: 'keyfirst.dev/file.password', file: 'password', from: 'vault://secret/shop/db#password', mode: 0o444 }],
  ...change,
});

describe('KEYFIRST_CONFIG', () => {
  it('begins with its version, which policies look for', () => {
    expect(encodeInjectorConfig(config())).toMatch(/^\{"version":1,/);
  });

  it('parses what was encoded, with references typed', () => {
    const result = decodeInjectorConfig(encodeInjectorConfig(config()));

    expect(result).toMatchObject({
      ok: true,
      config: { secrets: [{ from: { store: 'vault', path: 'secret/shop/db', property: 'password' } }] },
    });
  });

  it('has no `$` in it, whatever references and settings hold, and gives each back', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('$(X)', '$$', '$', 'a$(PATH)b'), (text, dollars) => {
        const role = `${text}${dollars}`;
        const stores = { vault: { ...config().stores.vault, role } } as InjectorConfigText['stores'];

        const encoded = encodeInjectorConfig(config({ stores }));

        expect(encoded).not.toContain('$');
        expect(decodeInjectorConfig(encoded)).toMatchObject({ ok: true, config: { stores: { vault: { role } } } });
      }),
    );
  });

  it.each([
    ['not json', ['it is not valid JSON']],
    ['[]', [expect.stringContaining('config')]],
    ['{"version":2}', [expect.stringContaining('version'), ...Array(5).fill(expect.any(String))]],
  ])('lists what is wrong with %s', (text, problems) => {
    expect(decodeInjectorConfig(text)).toEqual({ ok: false, problems });
  });

  it('refuses a reference that does not parse, and unknown keys', () => {
    const broken = encodeInjectorConfig(config({ secrets: [{ key: 'k', file: 'f', from: 'nonsense', mode: 1 }] }));
    const unknown = encodeInjectorConfig({ ...config(), extra: true } as InjectorConfigText);

    expect(decodeInjectorConfig(broken)).toMatchObject({ ok: false, problems: [expect.stringContaining('secrets.0.from')] });
    expect(decodeInjectorConfig(unknown).ok).toBe(false);
  });
});
