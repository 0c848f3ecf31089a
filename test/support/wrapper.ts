import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Architecture, buildWrapper, hostArchitecture } from '../../scripts/build-wrapper.ts';

const FIXTURES = fileURLToPath(new URL('../fixtures/wrapper/', import.meta.url));

/** A folder with the wrapper, and beside it an app that tells how it was started. */
export interface WrapperFolder extends AsyncDisposable {
  readonly folder: string;
  readonly wrapper: string;
  /** What to run the wrapper with: nothing, or an emulator. */
  readonly launcher: readonly string[];
  /** A static program of this machine's architecture: test/fixtures/wrapper/app.c. */
  readonly app: string;
  /** Writes a variables file and returns its path. */
  variables(entries: Readonly<Record<string, string | Buffer>> | Buffer): Promise<string>;
  run(variables: string, command: readonly string[], options?: RunOptions): Promise<Outcome>;
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly uid?: number;
  /** Runs the launcher and the wrapper as arguments of this. */
  readonly under?: readonly string[];
}

export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly pid: number | undefined;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** What the app tells; strings hold one byte a character. */
export interface Report {
  readonly path: string;
  readonly pid: number;
  readonly files: string;
  readonly ignored: string;
  readonly blocked: string;
  readonly argv: readonly string[];
  readonly env: readonly string[];
}

/** Builds the wrapper and the app in a new folder, which ends with the object. */
export async function wrapperFolder(architecture: Architecture = hostArchitecture()): Promise<WrapperFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'keyfirst-wrapper-'));
  // Not 0700, as mkdtemp makes it: other users run the wrapper too.
  await promisify(execFile)('chmod', ['755', folder]);
  const wrapper = await buildWrapper(join(folder, 'keyfirst'), { architecture });
  const app = join(folder, 'app');
  await compile('app.c', app);
  const launcher = architecture === hostArchitecture() ? [] : [await fullPath('qemu-aarch64')];
  let files = 0;
  return {
    folder,
    wrapper,
    launcher,
    app,
    async variables(entries) {
      const path = join(folder, `variables-${files++}`);
      await writeFile(path, Buffer.isBuffer(entries) ? entries : encodeVariables(entries));
      return path;
    },
    run: (variables, command, { under = [], ...options } = {}) =>
      runProgram([...under, ...launcher, wrapper, variables, ...command], { cwd: folder, ...options }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Where a command is: tests run programs with any PATH, also with none. */
export async function fullPath(command: string): Promise<string> {
  const { stdout } = await promisify(execFile)('sh', ['-c', `command -v ${command}`]);
  return stdout.trim();
}

/** The variables file of these: NAME=VALUE entries, each ended by a NUL. */
export function encodeVariables(entries: Readonly<Record<string, string | Buffer>>): Buffer {
  return Buffer.concat(Object.entries(entries).flatMap(([name, value]) => [Buffer.from(`${name}=`), Buffer.from(value), Buffer.of(0)]));
}

/** Compiles a program of test/fixtures/wrapper, static so that it needs nothing of the root it runs in. */
export async function compile(source: string, output: string): Promise<void> {
  await mkdir(join(output, '..'), { recursive: true });
  await promisify(execFile)('cc', ['-O2', '-static', '-Wall', '-Wextra', '-Werror', '-o', output, join(FIXTURES, source)]);
}

/** Builds the program that answers what Go finds in PATH, and returns it as a function over many questions. */
export async function goLookPath(
  folder: string,
): Promise<(cwd: string, questions: readonly { path: string | null; command: string }[]) => Promise<{ found: string; error: string }[]>> {
  const program = join(folder, 'lookpath');
  await promisify(execFile)('go', ['build', '-o', program, 'main.go'], {
    cwd: join(FIXTURES, 'lookpath'),
    env: { ...process.env, GO111MODULE: 'off', GOTOOLCHAIN: 'local', CGO_ENABLED: '0' },
  });
  return async (cwd, questions) => {
    const answer = await runProgram([program], { cwd, env: {} }, questions.map((question) => JSON.stringify(question)).join('\n'));
    if (answer.code !== 0) throw new Error(answer.stderr);
    const lines = answer.stdout.toString().trimEnd().split('\n');
    return lines.map((line): { found: string; error: string } => JSON.parse(line));
  };
}

/** Runs a program to its end. `env` defaults to a PATH alone. */
export function runProgram([program = '', ...args]: readonly string[], options: Omit<RunOptions, 'under'>, input = ''): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: { PATH: process.env.PATH ?? '' }, ...options, stdio: ['pipe', 'pipe', 'pipe'] });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.on('error', reject);
    child.on('close', (code, signal) =>
      resolve({ code, signal, pid: child.pid, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() }),
    );
    // A program that ends without reading is no error.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

/** Reads what the app told. Throws when it did not run. */
export function reportOf({ code, stdout, stderr }: Pick<Outcome, 'code' | 'stdout' | 'stderr'>): Report {
  const [path, pid, files, ignored, blocked, count, ...rest] = stdout.toString('latin1').split('\0').slice(0, -1);
  if (code !== 0 || path === undefined || files === undefined || ignored === undefined || blocked === undefined) {
    throw new Error(`the app did not report: exit code ${code}, ${stderr}`);
  }
  const argc = Number(count);
  return { path, pid: Number(pid), files: files.trim(), ignored, blocked, argv: rest.slice(0, argc), env: rest.slice(argc) };
}
