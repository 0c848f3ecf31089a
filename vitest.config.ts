import { defineConfig } from 'vitest/config';

const project = (name: string, options: object = {}) => ({ test: { name, include: [`test/${name}/**/*.test.ts`], ...options } });

/** One cluster, one file after the other: pods of different files would compete for the two cores. */
const onCluster = {
  globalSetup: 'test/support/e2e-setup.ts',
  setupFiles: 'test/support/e2e-on-failure.ts',
  testTimeout: 300_000,
  hookTimeout: 300_000,
  fileParallelism: false,
  retry: 0,
};

export default defineConfig({
  test: {
    projects: [
      project('unit', { testTimeout: 30_000 }),
      project('integration', { testTimeout: 60_000, hookTimeout: 120_000 }),
      project('chart', { testTimeout: 60_000 }),
      project('docs', { testTimeout: 60_000 }),
      project('fuzz', { testTimeout: 600_000 }),
      project('e2e', onCluster),
      project('soak', { ...onCluster, include: ['soak/*.cluster.ts'], testTimeout: 0 }),
      project('bench', { ...onCluster, include: ['bench/**/*.cluster.ts'] }),
    ],
    coverage: {
      provider: 'v8',
      include: ['src/{issues,stores,annotations,admission,plan,patch,contract,common,config}/**', 'injector/{render,fetch}/**'],
      // Proved in the integration tests, where openssl reads and writes the files.
      exclude: ['injector/render/{certificates,pkcs12-read,pkcs12-write}/**'],
      thresholds: { lines: 95, functions: 95, branches: 90, statements: 95 },
    },
  },
});
