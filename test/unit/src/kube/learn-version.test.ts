import { expect, it } from 'vitest';
import { learnVersion } from '../../../../src/kube/learn-version.ts';

it('asks until the cluster answers, and says once that it has to wait', async () => {
  const answers = [new Error('away'), new Error('away'), 37];
  const warnings: string[] = [];
  const clusterVersion = async () => {
    const answer = answers.shift();
    if (typeof answer === 'number') return answer;
    throw answer ?? new Error('asked too often');
  };

  const minor = await learnVersion({ clusterVersion }, { warn: (_data, message) => warnings.push(message) }, 1);

  expect(minor).toBe(37);
  expect(warnings).toHaveLength(1);
});
