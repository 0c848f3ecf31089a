import { expect, it } from 'vitest';
import { parseSecretsList } from '../../../../src/annotations/secrets-list.ts';

it('takes keys as they are written, also those that YAML would make something else of', () => {
  const { entries, issues } = parseSecretsList('key', '- {from: vault://a/b, env: {NULL: a, True: b, .inf: c}}');

  expect(issues).toEqual([]);
  expect(entries).toMatchObject([{ variables: { kind: 'each', names: { NULL: 'a', True: 'b', '.inf': 'c' } } }]);
});
