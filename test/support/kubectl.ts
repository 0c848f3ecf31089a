import { spawn } from 'node:child_process';

/** How one program run ended. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Any Kubernetes object, or an answer of Vault; tests look into it freely. */
// biome-ignore lint/suspicious/noExplicitAny: tests read fields of many kinds of objects, and a wrong one fails the test
export type Manifest = Record<string, any>; // oxlint-disable-line typescript/no-explicit-any

/** Runs a program to its end. `input` goes to its standard input. Never throws for an exit code. */
export function run(program: string, args: readonly string[], input = ''): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'pipe' });
    const output: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
    child.stdout.on('data', (chunk) => output.stdout.push(chunk));
    child.stderr.on('data', (chunk) => output.stderr.push(chunk));
    child.once('error', reject);
    child.once('close', (code) =>
      resolve({ code: code ?? -1, stdout: Buffer.concat(output.stdout).toString(), stderr: Buffer.concat(output.stderr).toString() }),
    );
    // A program may end before it has read everything.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

/** Standard output of a program that must succeed. */
export async function must(program: string, args: readonly string[], input?: string): Promise<string> {
  const { code, stdout, stderr } = await run(program, args, input);
  if (code !== 0) throw new Error(`${program} ${args.join(' ').slice(0, 300)}: exit code ${code}\n${stderr}${stdout}`);
  return stdout;
}

/** `kubectl` with these words; its output. */
export const kubectl = (...args: string[]): Promise<string> => must('kubectl', args);

/** One object, or a list's items. */
export async function get(...args: string[]): Promise<Manifest> {
  return JSON.parse(await kubectl('get', ...args, '-o', 'json')) as Manifest;
}

/** Creates all objects in one call, in order. */
export async function create(...objects: Manifest[]): Promise<void> {
  await must('kubectl', ['create', '-f', '-'], list(objects));
}

/** Tries to create the objects, or with `dryRun` asks the API server what would come of it. */
export function tryCreate(objects: readonly Manifest[], { dryRun = false, verb = 'create' } = {}): Promise<Ran> {
  return run('kubectl', [verb, '-f', '-', ...(dryRun ? ['--dry-run=server', '-o', 'json'] : [])], list(objects));
}

/** Asks again until `probe` gives something; the error of a vain wait tells the last thing `describe` says. */
export async function eventually<Value>(
  what: string,
  probe: () => Promise<Value | undefined | false>,
  { seconds = 90, describe = async () => '' }: { seconds?: number; describe?: () => Promise<string> } = {},
): Promise<Value> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s\n${await describe()}`);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

function list(objects: readonly Manifest[]): string {
  return JSON.stringify(objects.length === 1 ? objects[0] : { apiVersion: 'v1', kind: 'List', items: objects });
}
