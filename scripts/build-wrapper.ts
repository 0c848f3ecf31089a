import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { WRAPPER_NAME } from '../src/contract/names.ts';

const FOLDER = fileURLToPath(new URL('../wrapper/', import.meta.url));

/** The programs in C: the wrapper, and the check of `fileKeyRef`. */
export const C_PROGRAMS = [WRAPPER_NAME, 'keyfirst-check'] as const;
export type CProgram = (typeof C_PROGRAMS)[number];
export type Architecture = 'amd64' | 'arm64';

/** The source that each has for itself. */
const SOURCES: Readonly<Record<CProgram, string>> = { 'keyfirst-exec': 'exec.c', 'keyfirst-check': 'check.c' };

/** Per architecture: what Node calls it, the compiler for it on another machine, the Debian packages of that, and flags of its own. */
const TARGETS: Readonly<Record<Architecture, { node: string; cross: string; packages: string; flags: readonly string[] }>> = {
  amd64: {
    node: 'x64',
    cross: 'x86_64-linux-gnu-gcc',
    packages: 'gcc-x86-64-linux-gnu libc6-dev-amd64-cross',
    flags: ['-fcf-protection=none'],
  },
  arm64: { node: 'arm64', cross: 'aarch64-linux-gnu-gcc', packages: 'gcc-aarch64-linux-gnu libc6-dev-arm64-cross', flags: [] },
};

/** Debian's packages with the compiler and the headers for this machine itself. */
export const COMPILER_PACKAGES = 'gcc libc6-dev';

const FLAGS = [
  '-std=c11 -Os -Wall -Wextra -Werror',
  // No C library, and nothing that would need one: no start-up files, no calls that the compiler makes up, no thread-local canary.
  '-nostdlib -static -no-pie -fno-pie -ffreestanding -fno-tree-loop-distribute-patterns -fno-stack-protector -mgeneral-regs-only',
  // Small: no unwind tables, no compiler's name, no symbols, no function that nobody calls; one segment, which is read and
  // executed and never written.
  '-fno-asynchronous-unwind-tables -fno-ident -ffunction-sections -s -Wl,--gc-sections',
  '-Wl,--build-id=none,-z,noseparate-code,-z,noexecstack,-z,norelro',
].flatMap((line) => line.split(' '));

/**
 * Compiles one of the programs in C into the folder, the `exec` wrapper if none is named, for this machine's architecture or
 * the one that is named; returns its path. The same compiler gives the same bytes. `CC` in the environment names another
 * compiler (GCC). Throws with the packages to install when there is none, and with the compiler's words when it refuses.
 */
export async function buildWrapper(
  folder: string,
  {
    program = WRAPPER_NAME,
    architecture = hostArchitecture(),
    env = process.env,
  }: { program?: CProgram; architecture?: Architecture; env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  const target = TARGETS[architecture];
  const native = process.platform === 'linux' && target.node === process.arch;
  const compiler = env.CC ?? (native ? 'cc' : target.cross);
  const packages = native ? COMPILER_PACKAGES : target.packages;
  const output = join(folder, program);
  const files = ['-o', resolve(output), SOURCES[program], 'linux.c'];
  await mkdir(folder, { recursive: true });
  try {
    // Run where the sources are, so that no path of this machine can get into the file.
    await promisify(execFile)(compiler, [...FLAGS, ...target.flags, ...files], { cwd: FOLDER, env });
  } catch (error) {
    throw new Error(explain(error, program, compiler, packages), { cause: error });
  }
  return output;
}

/** This machine's architecture as images name it. Throws on one that the programs are not written for. */
export function hostArchitecture(): Architecture {
  if (process.arch === 'x64') return 'amd64';
  if (process.arch === 'arm64') return 'arm64';
  throw new Error(`The programs in C are written for amd64 and arm64, and this machine is ${process.arch}: name one of them.`);
}

function explain(error: unknown, program: CProgram, compiler: string, packages: string): string {
  const install = `On Debian or Ubuntu: apt-get install --no-install-recommends ${packages}`;
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
    return `${program} needs the C compiler \`${compiler}\`, which is not on this machine. ${install}`;
  }
  const words = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
  if (/fatal error: (asm|linux)\/.*No such file/.test(words)) return `\`${compiler}\` lacks the headers of the kernel. ${install}`;
  return `\`${compiler}\` cannot compile ${program} in wrapper/:\n${words}`;
}
