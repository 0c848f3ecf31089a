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
    void learnCluster({ clusterVersion, envFiles: async () => learnt.length > 0 }, log, onLearnt, { pause: 1, gatePause: 1, again: 1 });
  });

  expect(learnt).toEqual([
    { minor: 36, envFiles: false },
    { minor: 37, envFiles: true },
  ]);
  expect(warnings).toHaveLength(1);
});

it('goes by the version where only the gate is not told, and keeps what it knew of it', async () => {
  const gates = [new Error('slow'), false, new Error('slow again'), undefined];
  const warnings: string[] = [];
  const learnt: object[] = [];

  await new Promise<void>((resolve) => {
    const cluster = {
      clusterVersion: async () => 36,
      envFiles: async () => {
        const gate = gates.shift();
        if (gate instanceof Error) throw gate;
        return gate;
      },
    };
    const onLearnt = (told: object) => {
      learnt.push(told);
      if (learnt.length === 4) resolve();
    };
    const log = { warn: (_data: object, message: string) => warnings.push(message) };
    void learnCluster(cluster, log, onLearnt, { pause: 1, gatePause: 1, again: 1 });
  });

  expect(learnt).toEqual([undefined, false, false, undefined].map((envFiles) => ({ minor: 36, envFiles })));
  expect(warnings).toEqual(['feature gate EnvFiles unknown so far; going by the version of the cluster']);
});
