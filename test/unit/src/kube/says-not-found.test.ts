import { expect, it } from 'vitest';
import { saysNotFound } from '../../../../src/kube/says-not-found.ts';

const status = (more: object = {}) => ({
  kind: 'Status',
  reason: 'NotFound',
  details: { name: 'web-0', kind: 'pods' },
  code: 404,
  ...more,
});
const error = (code: number, body: unknown) => Object.assign(new Error('HTTP'), { code, body });

it.each<[string, unknown, boolean]>([
  ['the API server, of this pod', error(404, JSON.stringify(status())), true],
  ['the same, parsed already', error(404, status()), true],
  ['of another pod', error(404, JSON.stringify(status({ details: { name: 'web-1', kind: 'pods' } }))), false],
  ['of a namespace', error(404, JSON.stringify(status({ details: { name: 'web-0', kind: 'namespaces' } }))), false],
  ['a proxy in between', error(404, '<html>404 not found</html>'), false],
  ['an empty answer', error(404, ''), false],
  ['no details', error(404, JSON.stringify(status({ details: undefined }))), false],
  ['another status', error(500, JSON.stringify(status())), false],
  ['no right', error(403, JSON.stringify(status({ reason: 'Forbidden' }))), false],
  ['no answer', new Error('fetch failed'), false],
  ['nothing', undefined, false],
])('%s', (_what, thrown, expected) => {
  expect(saysNotFound(thrown, { resource: 'pods', name: 'web-0' })).toBe(expected);
});
