import { expect, it } from 'vitest';
import { learnCluster } from '../../../../src/kube/learn-cluster.ts';

it('asks until the cluster answers, and says once that it has to wait', async () => {
  const answers = [new Error('away'), new Error('away'), 37];
  const warnings: string[] = [];
  const clusterVersion = async () => {
    const answer = answers.shift();
    if (typeof answer === 'number') return answer;
    throw answer ?? new Error('asked too often');
  };

  const learnt = await learnCluster(
    { clusterVersion, envFiles: async () => false },
    { warn: (_data, message) => warnings.push(message) },
    1,
  );

  expect(learnt).toEqual({ minor: 37, envFiles: false });
  expect(warnings).toHaveLength(1);
});
