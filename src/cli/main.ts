import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { Command, CommanderError } from 'commander';
import { decisionSettings } from '../config/decision-settings.ts';
import { parseSettings } from '../config/settings.ts';
import { inject } from './inject.ts';
import { readSources } from './read-sources.ts';

/** Exit codes: 0 all is well, 1 a manifest or setting must be corrected, 2 the command cannot be carried out. */
const INVALID = 1;
const USAGE = 2;

interface InjectFlags {
  readonly filename: string[];
  readonly settings?: string;
  readonly namespace: string;
  readonly explain?: true;
}

const program = new Command('keyfirst')
  .description('Secrets for Kubernetes pods: the keys arrive first, then the app starts.')
  .exitOverride();

program
  .command('inject')
  .description('print manifests as the webhook would change their pods; needs no cluster')
  .requiredOption('-f, --filename <file...>', 'manifest files in YAML or JSON; - is standard input')
  .option('--settings <file>', "the webhook's settings, same shape as the chart's `settings`")
  .option('-n, --namespace <name>', 'namespace of objects that name none', 'default')
  .option('--explain', 'say on standard error what was decided for each document, and why')
  .action(run);

// A reader such as `head` may leave early.
process.stdout.on('error', () => process.exit(0));
try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : USAGE;
}

async function run({ filename, settings, namespace, explain }: InjectFlags): Promise<void> {
  const files = await readSources([...filename, ...(settings === undefined ? [] : [settings])], {
    readFile,
    readStdin: () => buffer(process.stdin),
  });
  if (files.problems.length > 0) return fail(files.problems, USAGE);
  const parsed = parseSettings(settings === undefined ? '' : (files.sources.at(-1)?.text ?? ''));
  if (!parsed.ok)
    return fail(
      parsed.problems.map((problem) => `${settings}: ${problem}`),
      INVALID,
    );

  const report = inject(files.sources.slice(0, filename.length), {
    decision: decisionSettings(parsed.settings),
    namespace,
    serviceAccounts: parsed.settings.identity.serviceAccounts,
  });
  if (explain) for (const line of report.explanations) process.stderr.write(`${line}\n`);
  for (const line of report.warnings) process.stderr.write(`warning: ${line}\n`);
  if (report.problems.length > 0) return fail(report.problems, INVALID);
  process.stdout.write(report.output);
}

function fail(problems: readonly string[], exitCode: number): void {
  for (const problem of problems) process.stderr.write(`error: ${problem}\n`);
  process.exitCode = exitCode;
}
