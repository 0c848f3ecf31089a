import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Architecture, hostArchitecture } from '../../scripts/build-wrapper.ts';

const CACHE = process.env.CLUSTER_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'keyfirst-tools');
const run = promisify(execFile);

/** Programs that a test needs, and the Debian packages that bring them. */
interface Tools {
  readonly commands: readonly string[];
  readonly packages: readonly string[];
}

const COMPILER: Tools = { commands: ['cc'], packages: ['gcc', 'libc6-dev'] };
const ARM64: Tools = {
  commands: ['aarch64-linux-gnu-gcc', 'qemu-aarch64'],
  packages: ['gcc-aarch64-linux-gnu', 'libc6-dev-arm64-cross', 'qemu-user'],
};

/**
 * Why the wrapper of that architecture cannot be built and run here, after trying to install what is missing once (on Debian,
 * as root); undefined when it can. Throws with CI=true, where nothing may be skipped.
 */
export async function wrapperMissing(architecture: Architecture): Promise<string | undefined> {
  if (process.platform !== 'linux') return mustNot(`the wrapper runs on Linux, and this is ${process.platform}`);
  const foreign = architecture !== hostArchitecture();
  if (foreign && architecture === 'amd64') return mustNot('on an arm64 machine the amd64 wrapper is not checked');
  for (const tools of foreign ? [COMPILER, ARM64] : [COMPILER]) {
    try {
      await installOnce(tools);
    } catch (error) {
      return mustNot(`${tools.packages.join(', ')} cannot be installed: ${firstLines(error)}`);
    }
  }
  return undefined;
}

/** Why Go's own search in PATH cannot be asked; undefined when it can. Throws with CI=true. */
export async function goMissing(): Promise<string | undefined> {
  return (await present(['go'])) ? undefined : mustNot('there is no `go` on this machine');
}

async function installOnce({ commands, packages }: Tools): Promise<void> {
  if (await present(commands)) return;
  if (process.getuid?.() !== 0) throw new Error(`only root may; run: apt-get install ${packages.join(' ')}`);
  await mkdir(CACHE, { recursive: true });
  // One test file installs, the others wait for it and then find the commands there.
  const script = `${commands.map((command) => `command -v ${command}`).join(' && ')} || { apt-get update && apt-get install --yes --no-install-recommends "$@"; }`;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('flock', [join(CACHE, 'apt.lock'), 'sh', '-c', script, 'sh', ...packages], { env, maxBuffer: 64 * 1024 * 1024 });
}

async function present(commands: readonly string[]): Promise<boolean> {
  const script = commands.map((command) => `command -v ${command}`).join(' && ');
  return run('sh', ['-c', script]).then(
    () => true,
    () => false,
  );
}

function mustNot(reason: string): string {
  if (process.env.CI === 'true') throw new Error(reason);
  return reason;
}

function firstLines(error: unknown): string {
  const words = error instanceof Error && 'stderr' in error && error.stderr !== '' ? String(error.stderr) : String(error);
  return words.trim().split('\n').slice(0, 3).join(' ');
}
