import { describe, expect, it } from 'vitest';
import { parseReview } from '../../../../src/admission/review.ts';
import { pod, review } from '../../../support/pods.ts';

const parse = (body: unknown) => parseReview(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)));
const changed = (change: object) => {
  const whole = review(pod()) as { request: object };
  return { ...whole, request: { ...whole.request, ...change } };
};

describe('parseReview', () => {
  it('gives what an admission needs', () => {
    expect(parse(changed({ name: 'shop', dryRun: true }))).toEqual({
      ok: true,
      request: { uid: 'b1f3', namespace: 'shop', name: 'shop', dryRun: true, pod: pod() },
    });
  });

  it('fills in what may be absent', () => {
    expect(parse(changed({ name: undefined, namespace: null, dryRun: undefined }))).toMatchObject({
      ok: true,
      request: { namespace: 'default', name: '', dryRun: false },
    });
  });

  it.each([
    ['nothing', '', /not valid JSON/],
    ['a list', '[]', /not an AdmissionReview.*body/],
    ['another version', { ...review(pod()), apiVersion: 'admission.k8s.io/v1beta1' }, /not an AdmissionReview.*apiVersion/],
    ['no uid', changed({ uid: '' }), /not an AdmissionReview.*request\.uid/],
    ['an update', changed({ operation: 'UPDATE' }), /not about the creation of a pod/],
    ['another kind', changed({ kind: { group: '', version: 'v1', kind: 'Service' } }), /not about the creation of a pod/],
    [
      'a pod of another group',
      changed({ kind: { group: 'metrics.k8s.io', version: 'v1', kind: 'Pod' } }),
      /not about the creation of a pod/,
    ],
  ])('refuses %s', (_name, body, problem) => {
    expect(parse(body)).toEqual({ ok: false, problem: expect.stringMatching(problem) });
  });

  it('refuses bytes that are no UTF-8', () => {
    expect(parseReview(Buffer.from([0x22, 0xff, 0x22]))).toEqual({ ok: false, problem: expect.stringMatching(/UTF-8/) });
  });
});
