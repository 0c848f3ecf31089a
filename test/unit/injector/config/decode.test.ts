import { describe, expect, it } from 'vitest';
import { decodeConfig } from '../../../../injector/config/decode.ts';
import { CONTRACT } from '../../../../src/contract/fingerprint.ts';
import { decodeInjectorConfig, encodeInjectorConfig, type InjectorConfigText } from '../../../../src/contract/injector-config.ts';

const REF = 'vault://secret/shop/db?version=3#password';
const CONFIG: InjectorConfigText = {
  version: 1,
  identity: { namespace: 'shop', serviceAccount: 'web' },
  deadline: 1000,
  messageBytes: 4096,
  stores: { dev: { provider: 'dev', file: '/x' } },
  secrets: [
    { key: 'a', file: 'a', from: REF, mode: 0o400 },
    { key: 'b', file: 'b', from: { one: REF, two: 'dev://x' }, password: REF, mode: 0o400, optional: true, views: ['v'] },
  ],
  variables: [{ key: 'c', from: REF, mode: 0o400, names: { A: 'x' }, suffix: '' }],
  copyWrapper: true,
};
const of = (change: object) => JSON.stringify({ ...JSON.parse(encodeInjectorConfig(CONFIG)), ...change });

describe('decoding the configuration', () => {
  it('gives the same with and without the full check', async () => {
    const quick = await decodeConfig(encodeInjectorConfig(CONFIG));
    const { contract: _, ...rest } = JSON.parse(encodeInjectorConfig(CONFIG));

    expect(quick).toMatchObject({ ok: true, config: { contract: CONTRACT } });
    expect(quick).toEqual(decodeInjectorConfig(encodeInjectorConfig(CONFIG)));
    expect(await decodeConfig(JSON.stringify(rest))).toEqual(decodeInjectorConfig(JSON.stringify(rest)));
  });

  it.each([
    ['of another contract', of({ contract: 'other', deadline: 'x' }), /^deadline: /],
    ['without a contract', of({ contract: undefined, bogus: 1 }), /^config: /],
    ['of another version', of({ version: 2 }), /^version: /],
    ['with a reference that is none', of({ secrets: [{ key: 'a', file: 'a', from: 'x', mode: 1 }] }), /^secrets\.0\.from/],
    ['without secrets', of({ secrets: undefined }), /^secrets: /],
    ['that is no JSON', '{', /not valid JSON/],
    ['that is no object', 'null', /./],
  ])('says what is wrong with one %s', async (_what, text, problem) => {
    const result = await decodeConfig(text);

    expect(result.ok ? [] : result.problems).toContainEqual(expect.stringMatching(problem));
  });
});
