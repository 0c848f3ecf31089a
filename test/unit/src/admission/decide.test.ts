import { describe, expect, it } from 'vitest';
import { mutatePod } from '../../../../src/admission/mutate-pod.ts';
import { SKIP_REASONS } from '../../../../src/admission/skip-reason.ts';
import { patched } from '../../../support/patched.ts';
import { ASKING, containers, decision, pod } from '../../../support/pods.ts';

const outcome = (input: unknown) => {
  const result = mutatePod(input, 'shop', decision());
  if (result.kind === 'skip') return `skip ${result.reason}`;
  return result.kind === 'reject' ? `reject ${[...new Set(result.issues.map(({ reason }) => reason))].join(' ')}` : 'inject';
};
const windows = { os: { name: 'windows' } };
const invalid = { ...ASKING, 'keyfirst.dev/deadline': 'soon' };
const once = patched(pod(), mutatePod(pod(), 'shop', decision()));

describe('the truth table', () => {
  it.each([
    ['a mirror pod', pod({ ...ASKING, 'kubernetes.io/config.mirror': 'x' }), 'skip mirror-pod'],
    ['a mirror pod with invalid annotations', pod({ ...invalid, 'kubernetes.io/config.mirror': 'x' }), 'skip mirror-pod'],
    ['switched off', pod({ ...ASKING, 'keyfirst.dev/inject': 'false' }), 'skip switched-off'],
    ['switched off with invalid annotations', pod({ ...invalid, 'keyfirst.dev/inject': 'false' }), 'skip switched-off'],
    ['switched off on Windows', pod({ ...ASKING, 'keyfirst.dev/inject': 'false' }, windows), 'skip switched-off'],
    ['invalid annotations', pod(invalid), 'reject invalid-annotation'],
    ['invalid annotations that ask for nothing', pod({ 'keyfirst.dev/deadline': 'soon' }), 'reject invalid-annotation'],
    ['no annotations', pod({}), 'skip not-annotated'],
    ['only annotations of others', pod({ 'example.com/file.a': 'b' }), 'skip not-annotated'],
    ['settings without a question', pod({ 'keyfirst.dev/deadline': '1m' }), 'skip not-annotated'],
    ['inject true without a question', pod({ 'keyfirst.dev/inject': 'true' }), 'skip not-annotated'],
    ['nothing asked on Windows', pod({ 'keyfirst.dev/deadline': '1m' }, windows), 'skip not-annotated'],
    ['only our status', pod({ 'keyfirst.dev/status': 'injected' }), 'skip not-annotated'],
    ['Windows by os', pod(ASKING, windows), 'reject windows-pod'],
    ['Windows by node selector', pod(ASKING, { nodeSelector: { 'kubernetes.io/os': 'windows' } }), 'reject windows-pod'],
    ['Windows and invalid annotations', pod(invalid, windows), 'reject invalid-annotation windows-pod'],
    ['a reserved name', pod(ASKING, { containers: containers({ name: 'keyfirst-init' }, { name: 'web' }) }), 'reject reserved-name'],
    ['too many secrets', pod({ 'keyfirst.dev/secrets': many(480, 'a-rather-long-path/'.repeat(10).concat('x')) }), 'reject too-large'],
    ['a list that no variable could hold', pod({ 'keyfirst.dev/secrets': many(3000) }), 'reject too-large'],
    ['annotations beyond what the API server takes', pod({ ...ASKING, 'keyfirst.dev/x': 'y'.repeat(262_144) }), 'reject too-large'],
    [
      'more containers than any pod',
      pod(ASKING, { containers: containers(...Array.from({ length: 501 }, (_, i) => ({ name: `c${i}` }))) }),
      'reject too-large',
    ],
    ['everything there already', once, 'skip already-complete'],
    ['asking', pod(), 'inject'],
    ['asking with inject true', pod({ ...ASKING, 'keyfirst.dev/inject': 'true' }), 'inject'],
    ['asking by list', pod({ 'keyfirst.dev/secrets': many(1) }), 'inject'],
    ['a status copied from a live pod', pod({ ...ASKING, 'keyfirst.dev/status': 'injected' }), 'inject'],
    ['an empty list', pod({ 'keyfirst.dev/secrets': '[]' }), 'reject invalid-annotation'],
    ['no pod', null, 'reject malformed-pod'],
    ['a pod without spec', { metadata: {} }, 'reject malformed-pod'],
    ['a pod without containers', { spec: { containers: [] } }, 'reject malformed-pod'],
  ])('%s', (_name, input, expected) => {
    expect(outcome(input)).toBe(expected);
  });

  it('has a sentence for every skip reason', () => {
    for (const sentence of Object.values(SKIP_REASONS)) expect(sentence.length).toBeGreaterThan(10);
  });
});

function many(count: number, path = 'shop'): string {
  return Array.from(
    { length: count },
    (_, index) => `- {file: f${index}, from: "vault://secret/${path}/db?version=1#password-${index}"}`,
  ).join('\n');
}
