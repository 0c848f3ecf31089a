import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const CACHE = process.env.CLUSTER_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'keyfirst-tools');
/** The module of the cluster's binaries: what is asked here is the kubelet of that cluster. */
const MODULE = join(import.meta.dirname, '../cluster/kube');

/** Why the kubelet's parser cannot be asked, after trying to build it once; undefined when it can. Throws with CI=true. */
export async function kubeletEnvMissing(): Promise<string | undefined> {
  const program = await programPath();
  if (existsSync(program)) return undefined;
  const making = `${program}.${process.pid}`;
  try {
    await mkdir(CACHE, { recursive: true });
    const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly', GOTOOLCHAIN: 'local' };
    await promisify(execFile)('go', ['build', '-trimpath', '-buildvcs=false', '-o', making, './envparse'], { cwd: MODULE, env });
    // Another test file may have been faster.
    await rename(making, program);
    return undefined;
  } catch (error) {
    const words = error instanceof Error && 'stderr' in error && error.stderr !== '' ? error.stderr : error;
    const reason = `the kubelet's parser cannot be built: ${String(words).trim().split('\n').slice(0, 3).join(' ')}`;
    if (process.env.CI === 'true') throw new Error(reason, { cause: error });
    return reason;
  } finally {
    await rm(making, { force: true });
  }
}

export interface KubeletEnv extends AsyncDisposable {
  /** What the kubelet reads from a file with these bytes under that key; an empty value counts as missing there. */
  parse(file: Uint8Array, key: string): Promise<{ value: Buffer; error: string }>;
}

/** The kubelet's own parser of env files, as a process that answers one question after the other. */
export async function startKubeletEnv(): Promise<KubeletEnv> {
  const folder = await mkdtemp(join(tmpdir(), 'keyfirst-kubelet-env-'));
  const child = spawn(await programPath(), { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
  const path = join(folder, 'file');
  return {
    async parse(file, key) {
      await writeFile(path, file);
      child.stdin.write(`${JSON.stringify({ path, key })}\n`);
      const { value, done } = await answers.next();
      if (done === true) throw new Error('envparse ended');
      const answer: { value: string; error: string } = JSON.parse(value);
      return { value: Buffer.from(answer.value, 'base64'), error: answer.error };
    },
    async [Symbol.asyncDispose]() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.stdin.end();
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** By what it is made from, so that a change builds another. */
async function programPath(): Promise<string> {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'envparse/main.go']) hash.update(await readFile(join(MODULE, file)));
  return join(CACHE, `envparse-${hash.digest('hex').slice(0, 12)}`);
}
