import { filePathClashes, filePathProblem } from '../src/contract/file-path.ts';
import type { InjectorConfig } from '../src/contract/injector-config.ts';
import type { SecretSpec } from '../src/contract/secret-spec.ts';
import type { Failure } from './failure.ts';

/** A day in milliseconds; timers end at 24 days. */
const LONGEST_DEADLINE = 86_400_000;
const REMEDY = 'The webhook checks this too, so the configuration was changed after it; create the pod again.';

/** What the schema cannot say: stores exist, files stay inside the volume and do not collide. All problems at once. */
export function checkConfig(config: InjectorConfig): Failure[] {
  const failures = settingProblems(config).map((what): Failure => ({ code: 'config', key: '', reference: '', what, remedy: REMEDY }));
  failures.push(...config.secrets.flatMap((spec) => specProblems(spec, config).map((what) => failure(spec, what))));
  for (const { index, other, kind } of filePathClashes(config.secrets.map(({ file }) => file))) {
    const [spec, first] = [config.secrets[index], config.secrets[other]];
    if (spec === undefined || first === undefined) continue;
    failures.push(
      failure(spec, kind === 'same' ? `two entries write \`${spec.file}\`` : `\`${first.file}\` cannot be a file and a folder`),
    );
  }
  return failures;
}

function settingProblems({ deadline, messageBytes }: InjectorConfig): string[] {
  const problems: string[] = [];
  if (!Number.isInteger(deadline) || deadline < 1 || deadline > LONGEST_DEADLINE)
    problems.push(`the deadline ${deadline} ms is not between 1 ms and a day`);
  if (!Number.isInteger(messageBytes) || messageBytes < 0) problems.push(`messageBytes ${messageBytes} is no number of bytes`);
  return problems;
}

function specProblems(spec: SecretSpec, config: InjectorConfig): string[] {
  const problems: string[] = [];
  const pathProblem = filePathProblem(spec.file);
  if (pathProblem !== undefined) problems.push(pathProblem);
  if (!Object.hasOwn(config.stores, spec.from.store)) problems.push(`the store \`${spec.from.store}\` has no settings`);
  if (!Number.isInteger(spec.mode) || spec.mode < 0 || spec.mode > 0o777) problems.push(`the mode ${spec.mode} is not between 0 and 0777`);
  return problems;
}

function failure(spec: SecretSpec, what: string): Failure {
  return { code: 'config', key: spec.key, reference: spec.from.text, what, remedy: REMEDY };
}
