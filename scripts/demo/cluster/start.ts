import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Screen } from '../screen.ts';

const ROOT = join(import.meta.dirname, '../../..');
const PLAY = join(import.meta.dirname, 'main.ts');
const CLUSTER = join(ROOT, 'test/cluster');
const IMAGES = ['webhook', 'injector'].map((name) => join(ROOT, `dist/images/${name}.tar`)).join(' ');
/** Of a cluster that is not ours; test/e2e/README.md tells more. */
const FOREIGN = ['KEYFIRST_WEBHOOK_IMAGE', 'KEYFIRST_INJECTOR_IMAGE', 'KEYFIRST_E2E_VAULT_ADDR'];

/**
 * `npm run demo -- --cluster`: builds the images, starts a one-node Kubernetes and plays on it; with KUBECONFIG set it plays on
 * that cluster, whose images and Vault the environment names. IMAGES: archives that are made already. Says first what is missing.
 * Resolves with the exit code.
 */
export async function startOnCluster(env: NodeJS.ProcessEnv, { say, colors }: Screen): Promise<number> {
  if (env.KUBECONFIG) {
    const missing = FOREIGN.filter((name) => !env[name]);
    if (missing.length === 0) return run([process.execPath, PLAY], env);
    const cause = 'KUBECONFIG is set, so the demo would play on that cluster';
    process.stderr.write(
      `The demo cannot start: ${cause}; then set ${missing.join(', ')} too (test/e2e/README.md), or unset KUBECONFIG.\n`,
    );
    return 1;
  }
  const lacks = ['run', 'build'].filter((what) => spawnSync(join(CLUSTER, 'prerequisites.sh'), [what], { stdio: 'inherit' }).status !== 0);
  if (lacks.length > 0) {
    process.stderr.write('The demo on a cluster cannot start here. `npm run demo` without --cluster needs nothing of that.\n');
    return 1;
  }
  say(colors.dim('Building the images and a one-node Kubernetes; the first time takes about twenty minutes, later ones half a minute …'));
  for (const script of env.IMAGES ? [] : ['build', 'images']) {
    const { status, stderr } = spawnSync(process.execPath, [join(ROOT, `scripts/${script}.ts`)], { cwd: ROOT, env, encoding: 'utf8' });
    if (status === 0) continue;
    process.stderr.write(`The demo cannot start: scripts/${script}.ts failed.\n${stderr}`);
    return 1;
  }
  return run([join(CLUSTER, 'cluster.sh'), process.execPath, PLAY], { IMAGES, ...env });
}

/** Runs a program to its end; a signal to us is one to it, and it takes down what it started. */
function run([program = '', ...args]: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(program, args, { cwd: ROOT, env, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
