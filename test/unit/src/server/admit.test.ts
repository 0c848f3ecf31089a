import { describe, expect, it } from 'vitest';
import { mutatePod } from '../../../../src/admission/mutate-pod.ts';
import { verdictOf } from '../../../../src/admission/verdict.ts';
import { admit } from '../../../../src/server/admit.ts';
import { ASKING, decision, pod } from '../../../support/pods.ts';

const CLIENT = '00000000-1111-2222-3333-444444444444';
const AZURE = { 'keyfirst.dev/file.a': 'azure-kv://shop-vault/a' };
const identity = { 'azure.workload.identity/client-id': CLIENT, 'azure.workload.identity/tenant-id': CLIENT };

function accounts(answer: Record<string, string> | Error) {
  const asked: string[] = [];
  return {
    asked,
    async annotations(namespace: string, name: string) {
      asked.push(`${namespace}/${name}`);
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
}

const mutate = (...call: Parameters<typeof mutatePod>) => verdictOf(mutatePod(...call));

describe('admit', () => {
  it('reads the ServiceAccount where a store may need it', async () => {
    const reader = accounts(identity);

    expect((await admit(pod(AZURE), 'shop', decision(), reader, mutate)).outcome).toBe('inject');
    expect(reader.asked).toEqual(['shop/shop']);
  });

  it('reads none for a pod that needs none', async () => {
    const reader = accounts(identity);

    expect((await admit(pod(ASKING), 'shop', decision(), reader, mutate)).outcome).toBe('inject');
    expect(reader.asked).toEqual([]);
  });

  it('refuses the pod when the account cannot be read, rather than go on with another identity', async () => {
    const decided = await admit(pod({ 'keyfirst.dev/file.a': 'aws-sm://a' }), 'shop', decision(), accounts(new Error('away')), mutate);

    expect(decided).toMatchObject({
      outcome: 'reject',
      reason: 'identity-unknown',
      answer: expect.stringMatching(/`shop\/shop` could not be read \(away\)/),
    });
  });

  it('goes without where the right was dropped', async () => {
    expect((await admit(pod(AZURE), 'shop', decision(), undefined, mutate)).outcome).toBe('reject');
  });
});
