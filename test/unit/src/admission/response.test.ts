import { describe, expect, it } from 'vitest';
import { mutatePod } from '../../../../src/admission/mutate-pod.ts';
import { respond } from '../../../../src/admission/response.ts';
import { decision, pod } from '../../../support/pods.ts';

describe('warnings', () => {
  it('are fitted to what the API server passes on', () => {
    const injection = mutatePod(pod(), 'shop', decision());
    if (injection.kind !== 'inject') throw new Error(injection.kind);
    const warnings = ['short', 'x'.repeat(4000)];

    const { response } = respond('uid', { ...injection, plan: { ...injection.plan, warnings } });

    expect(response.warnings).toEqual(['keyfirst: short', `keyfirst: ${'x'.repeat(245)}…`]);
  });

  it('are left out where there are none', () => {
    expect(respond('uid', mutatePod(pod(), 'shop', decision())).response).not.toHaveProperty('warnings');
  });
});
