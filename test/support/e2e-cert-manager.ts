import { spawn } from 'node:child_process';
import { createWriteStream, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { kubectl } from './kubectl.ts';

/**
 * Runs the real cert-manager beside a cluster of `test/cluster` (its folder is given), with its kinds; test/cluster/build-apps.sh
 * makes it. Disposing ends it and takes the kinds away, and so everything of them.
 */
export async function startCertManager(folder: string): Promise<AsyncDisposable> {
  const cache = join(process.env.CLUSTER_CACHE ?? join(process.env.HOME ?? '/root', '.cache/keyfirst-cluster'), 'cert-manager');
  const crds = readdirSync(cache).flatMap((file) => ['-f', join(cache, file)]);
  await kubectl('create', ...crds);
  await kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
  const child = spawn('cert-manager', [], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stderr.pipe(createWriteStream(join(folder, 'log/cert-manager'), { flags: 'a' }));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    createInterface(child.stdout).once('line', () => resolve());
    child.once('error', reject);
    ended.then(() => reject(new Error(`cert-manager ended; see ${folder}/log/cert-manager`)), reject);
  });
  return {
    async [Symbol.asyncDispose]() {
      child.kill();
      await ended;
      await kubectl('delete', ...crds, '--ignore-not-found');
    },
  };
}
