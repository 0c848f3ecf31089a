import { describe, expect, it } from 'vitest';
import { neededServiceAccount } from '../../../../src/admission/service-account.ts';
import { pod } from '../../../support/pods.ts';

const cluster = {
  payments: { provider: 'aws-sm' as const, settings: {}, locked: [] },
  team: { provider: 'vault' as const, settings: {}, locked: [] },
};
const needed = (annotations: Record<string, string>, spec = {}) => neededServiceAccount(pod(annotations, spec), cluster);

describe('neededServiceAccount', () => {
  it.each([
    ['azure', { 'keyfirst.dev/file.a': 'azure-kv://v/a' }, 'shop'],
    ['aws in the list', { 'keyfirst.dev/secrets': '- {file: a, from: "aws-ssm://a"}' }, 'shop'],
    ["an admin's store", { 'keyfirst.dev/file.a': 'payments://a' }, 'shop'],
    ["the pod's own store", { 'keyfirst.dev/file.a': 'mine://a', 'keyfirst.dev/store.mine.provider': 'azure-kv' }, 'shop'],
    ['vault', { 'keyfirst.dev/file.a': 'vault://a/b#c' }, undefined],
    ["an admin's vault", { 'keyfirst.dev/file.a': 'team://a/b#c' }, undefined],
    ['switched off', { 'keyfirst.dev/file.a': 'azure-kv://v/a', 'keyfirst.dev/inject': 'false' }, undefined],
    ['annotations of others', { 'example.com/x': 'azure-kv://v/a' }, undefined],
    ['nothing', {}, undefined],
  ])('%s', (_name, annotations, account) => {
    expect(needed(annotations)).toBe(account);
  });

  it('is not looked for in more than is read of annotations: such a pod is refused', () => {
    const [key, value] = ['keyfirst.dev/secrets', 'azure-kv://v/a'];

    expect(needed({ [key]: value.padEnd(262_144, '://') })).toBe('shop');
    expect(needed({ [key]: value.padEnd(262_145, '://') })).toBeUndefined();
  });

  it('falls back to the default account', () => {
    expect(needed({ 'keyfirst.dev/file.a': 'aws-sm://a' }, { serviceAccountName: undefined })).toBe('default');
  });

  it('asks once for each store that a text names, however many the pod has', () => {
    const many = Object.fromEntries(
      Array.from({ length: 3000 }, (_, index) => [
        [`keyfirst.dev/store.s${index}.provider`, 'vault'],
        [`keyfirst.dev/file.f${index}`, `s${index}://a/b`],
      ]).flat(),
    );

    expect(needed(many)).toBeUndefined();
    expect(needed({ ...many, 'keyfirst.dev/file.last': 's1://a, aws-sm://a' })).toBe('shop');
  });

  it.each([null, 'x', {}, { metadata: {} }, { metadata: { annotations: 3 }, spec: {} }])('reads nothing for %j', (broken) => {
    expect(neededServiceAccount(broken, cluster)).toBeUndefined();
  });
});
