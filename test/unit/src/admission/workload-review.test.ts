import { describe, expect, it } from 'vitest';
import { parseWorkloadReview } from '../../../../src/admission/workload-review.ts';
import { review, workloadReview } from '../../../support/pods.ts';

const parse = (body: unknown) => parseWorkloadReview(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)));

describe('parseWorkloadReview', () => {
  it.each([
    ['apps', 'Deployment'],
    ['apps', 'StatefulSet'],
    ['apps', 'DaemonSet'],
    ['apps', 'ReplicaSet'],
    ['batch', 'Job'],
    ['batch', 'CronJob'],
  ])('takes %s %s, made or changed', (group, kind) => {
    const request = { uid: 'b1f3', namespace: 'shop', kind, name: 'web', dryRun: false, object: { spec: {} } };

    expect(parse(workloadReview(kind, { spec: {} }, { group }))).toEqual({ ok: true, request });
    expect(parse(workloadReview(kind, { spec: {} }, { group, operation: 'UPDATE' }))).toEqual({ ok: true, request });
  });

  it('fills in what may be absent', () => {
    const whole = workloadReview('Job', {}, { group: 'batch', name: undefined, namespace: null, dryRun: true });

    expect(parse(whole)).toMatchObject({ ok: true, request: { namespace: 'default', name: '', dryRun: true } });
  });

  it.each([
    ['nothing', '', /not valid JSON/],
    ['no review', '{}', /not an AdmissionReview/],
    ['a pod', review({}), /not about a workload/],
    ['a deletion', workloadReview('Deployment', {}, { operation: 'DELETE' }), /not about a workload/],
    ['a kind of another group', workloadReview('Deployment', {}, { group: 'example.com' }), /not about a workload/],
    ['a kind without pods', workloadReview('ControllerRevision', {}), /not about a workload/],
  ])('refuses %s', (_name, body, problem) => {
    expect(parse(body)).toEqual({ ok: false, problem: expect.stringMatching(problem) });
  });
});
