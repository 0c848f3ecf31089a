import { expect, it } from 'vitest';
import { learnCluster } from '../../../../src/kube/learn-cluster.ts';

it('asks until the cluster answers, says once that it has to wait, and asks again later', async () => {
  const answers = [new Error('away'), new Error('away'), 36, new Error('away again'), 37];
  const warnings: string[] = [];
  const learnt: object[] = [];
  const clusterVersion = async () => {
    const answer = answers.shift();
    if (typeof answer === 'number') return answer;
    throw answer ?? new Error('asked too often');
  };

  await new Promise<void>((resolve) => {
    const onLearnt = (told: object) => {
      learnt.push(told);
      if (learnt.length === 2) resolve();
    };
    const log = { warn: (_data: object, message: string) => warnings.push(message) };
    void learnCluster({ clusterVersion, envFiles: async () => learnt.length > 0 }, log, onLearnt, { pause: 1, again: 1 });
  });

  expect(learnt).toEqual([
    { minor: 36, envFiles: false },
    { minor: 37, envFiles: true },
  ]);
  expect(warnings).toHaveLength(1);
});
