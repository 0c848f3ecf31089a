import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';

/** What one part of the tests came to. */
export interface Result {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** What failed or was skipped and why, a line each: the end of a long log tells it all. */
  readonly notes: readonly string[];
  readonly seconds: number;
}

const Report = z.looseObject({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  numFailedTestSuites: z.number(),
  testResults: z.array(
    z.looseObject({
      status: z.string(),
      message: z.string().nullish(),
      name: z.string(),
      assertionResults: z.array(z.looseObject({ status: z.string(), fullName: z.string() })),
    }),
  ),
});

interface RunOptions {
  readonly environment?: Record<string, string>;
  /** Shows the output when the command has ended: what runs beside another would be mixed with it. */
  readonly held?: boolean;
}

/** Runs a command to its end with its output shown; `code` is null when a signal ended it. */
export function run(command: readonly string[], { environment = {}, held = false }: RunOptions = {}): Promise<{ code: number | null }> {
  const [program = '', ...args] = command;
  const output = held ? 'pipe' : 'inherit';
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', output, output], env: { ...process.env, ...environment } });
    const chunks: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      process.stdout.write(Buffer.concat(chunks));
      resolve({ code });
    });
  });
}

/** A part that is one command: it counts as one test. */
export async function commandPart(name: string, command: readonly string[]): Promise<Result> {
  const started = performance.now();
  const { code } = await run(command);
  const passed = code === 0;
  return {
    name,
    passed: passed ? 1 : 0,
    failed: passed ? 0 : 1,
    skipped: 0,
    notes: passed ? [] : [`\`${command.join(' ')}\` ended with ${code}`],
    seconds: (performance.now() - started) / 1000,
  };
}

interface VitestOptions extends RunOptions {
  readonly wrapper?: readonly string[];
  readonly flags?: readonly string[];
  readonly name?: string;
}

/**
 * A vitest project, counted from its JSON report. `wrapper` goes before the command, for what must run inside a cluster; `name`
 * tells runs of one project apart.
 * A run that ends badly without a failed test (a crash, an unhandled error, a missed coverage threshold) counts as one failure.
 */
export async function vitestPart(
  project: string,
  { wrapper = [], flags = [], name = project, ...options }: VitestOptions = {},
): Promise<Result> {
  const started = performance.now();
  const report = join(tmpdir(), `keyfirst-test-${process.pid}-${name}.json`);
  const vitest = [process.execPath, 'node_modules/vitest/vitest.mjs', 'run', '--project', project];
  const reporters = ['--reporter=dot', '--reporter=json', `--outputFile.json=${report}`];
  const { code } = await run([...wrapper, ...vitest, ...reporters, ...flags], options);
  const seconds = (performance.now() - started) / 1000;
  if (!existsSync(report))
    return { name, passed: 0, failed: 1, skipped: 0, notes: [`vitest ended with ${code} before it ran a test`], seconds };

  const {
    numPassedTests: passed,
    numFailedTests,
    numPendingTests,
    numTodoTests,
    testResults,
  } = Report.parse(JSON.parse(readFileSync(report, 'utf8')));
  rmSync(report);
  const broken = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
  const failed = numFailedTests + broken.length;
  const names = (...wanted: string[]) =>
    testResults.flatMap(({ assertionResults }) =>
      assertionResults.filter(({ status }) => wanted.includes(status)).map(({ fullName }) => fullName),
    );
  const unexplained = code !== 0 && failed === 0;
  return {
    name,
    passed,
    failed: failed + (unexplained ? 1 : 0),
    skipped: numPendingTests + numTodoTests,
    notes: [
      ...names('failed').map((test) => `failed: ${test}`),
      ...names('skipped', 'pending', 'todo').map((test) => `skipped: ${test}`),
      ...broken.map((file) => `did not load: ${file.name}`),
      ...(unexplained ? [`vitest ended with ${code} although no test failed`] : []),
    ],
    seconds,
  };
}
