import { describe, expect, it } from 'vitest';
import type { Decision } from '../../../../src/admission/decide.ts';
import { mutatePod } from '../../../../src/admission/mutate-pod.ts';
import { answer } from '../../../support/answer.ts';
import { decision, pod } from '../../../support/pods.ts';

const injection = () => {
  const made = mutatePod(pod(), 'shop', decision());
  if (made.kind !== 'inject') throw new Error(made.kind);
  return made;
};

describe('an answer', () => {
  it('of an injection is the patch in base64', () => {
    const made = injection();

    expect(answer('a"\\', made)).toEqual({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: {
        uid: 'a"\\',
        allowed: true,
        patchType: 'JSONPatch',
        patch: Buffer.from(JSON.stringify(made.patch)).toString('base64'),
      },
    });
  });

  it.each<[string, Decision, object]>([
    ['a skip', { kind: 'skip', reason: 'not-annotated' }, { allowed: true }],
    [
      'a skip with a word',
      { kind: 'skip', reason: 'already-complete', warnings: ['"late"'] },
      { allowed: true, warnings: ['keyfirst: "late"'] },
    ],
    [
      'a refusal',
      { kind: 'reject', issues: [{ reason: 'malformed-pod', key: 'spec', message: 'is no "pod"\nat all' }] },
      { allowed: false, status: { code: 400, reason: 'BadRequest', message: expect.stringContaining('is no "pod"') } },
    ],
  ])('of %s is JSON, whatever stands in it', (_what, made, response) => {
    expect(answer('uid', made).response).toEqual({ uid: 'uid', ...response });
  });

  it('has warnings fitted to what the API server passes on', () => {
    const made = injection();
    const warnings = ['short', 'x'.repeat(4000)];

    const { response } = answer('uid', { ...made, plan: { ...made.plan, warnings } });

    expect(response.warnings).toEqual(['keyfirst: short', `keyfirst: ${'x'.repeat(245)}…`]);
  });
});
