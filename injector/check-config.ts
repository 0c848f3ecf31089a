import { filePathClashes, filePathProblem } from '../src/contract/file-path.ts';
import type { InjectorConfig } from '../src/contract/injector-config.ts';
import { EXEC_FOLDER } from '../src/contract/names.ts';
import type { VariableSpec } from '../src/contract/secret-spec.ts';
import type { Failure } from './failure.ts';
import { type Entry, referencesOf, sourcesOf } from './render/references.ts';

/** A day in milliseconds; timers end at 24 days. */
const LONGEST_DEADLINE = 86_400_000;
const REMEDY = 'The webhook checks this too, so the configuration was changed after it; create the pod again.';

/** What is wrong with variables themselves; belongs to the part that is loaded for them. */
type CheckVariables = (specs: readonly VariableSpec[]) => readonly { spec: VariableSpec; what: string }[];

/** What the schema cannot say: stores exist, files and views stay inside the volume and do not collide. All problems at once. */
export function checkConfig(config: InjectorConfig, checkVariables?: CheckVariables): Failure[] {
  const { secrets, variables = [] } = config;
  const entries = [...secrets, ...variables];
  const failures = settingProblems(config).map((what): Failure => ({ code: 'config', key: '', reference: '', what, remedy: REMEDY }));
  failures.push(...entries.flatMap((spec) => specProblems(spec, config).map((what) => failure(spec, what))));
  failures.push(...(checkVariables?.(variables) ?? []).map(({ spec, what }) => failure(spec, what)));
  failures.push(...clashes(config));
  return failures;
}

/** Two entries in one place. A view's folder belongs to the view alone: no file, and no other view, may lie in it or be it. */
function clashes({ secrets, variables = [] }: InjectorConfig): Failure[] {
  const inRoot = secrets.filter(({ views }) => views === undefined);
  const entries = [...secrets, ...variables];
  const views = [...new Set(entries.flatMap(viewsOf))];
  const groups = [inRoot, ...views.map((view) => secrets.filter((spec) => spec.views?.includes(view)))];
  const inside = groups.flatMap((specs) =>
    filePathClashes(specs.map(({ file }) => file)).flatMap(({ index, other, kind }) => {
      const [spec, first] = [specs[index], specs[other]];
      if (spec === undefined || first === undefined) return [];
      return [failure(spec, kind === 'same' ? `two entries write \`${spec.file}\`` : `\`${first.file}\` cannot be a file and a folder`)];
    }),
  );
  const names = [...new Set(inRoot.map(({ file }) => file.split('/', 1)[0] ?? file))];
  const places = [...names, ...views];
  const between = filePathClashes(places).flatMap(({ index, other }) => {
    const [second = '', first = ''] = [places[index], places[other]];
    const spec = entries.find((one) => viewsOf(one).includes(second)) ?? entries.find((one) => viewsOf(one).includes(first));
    return spec === undefined ? [] : [failure(spec, `the view \`${second}\` lies in the way of \`${first}\``)];
  });
  return [...inside, ...between];
}

function settingProblems({ deadline, messageBytes }: InjectorConfig): string[] {
  const problems: string[] = [];
  if (!Number.isInteger(deadline) || deadline < 1 || deadline > LONGEST_DEADLINE)
    problems.push(`the deadline ${deadline} ms is not between 1 ms and a day`);
  if (!Number.isInteger(messageBytes) || messageBytes < 0) problems.push(`messageBytes ${messageBytes} is no number of bytes`);
  return problems;
}

/** Folders that an entry has in the secrets' volume; not its root. */
function viewsOf(spec: Entry): string[] {
  return 'file' in spec ? (spec.views ?? []) : (spec.lists ?? []).filter((folder) => folder !== '');
}

function specProblems(spec: Entry, config: InjectorConfig): string[] {
  const problems: string[] = [];
  if ('file' in spec) {
    const pathProblem = filePathProblem(spec.file);
    if (pathProblem !== undefined) problems.push(pathProblem);
    if (spec.views?.length === 0) problems.push('the list of views is empty');
  }
  for (const view of viewsOf(spec)) if (filePathProblem(view) !== undefined) problems.push(`the view \`${view}\` is no relative folder`);
  const paths = 'file' in spec ? [spec.file, ...viewsOf(spec)] : viewsOf(spec);
  if (paths.some((path) => path.split('/', 1)[0] === EXEC_FOLDER)) problems.push(`the folder \`${EXEC_FOLDER}\` belongs to Keyfirst`);
  if (sourcesOf(spec).length === 0) problems.push('`from` names no source');
  const stores = new Set(referencesOf(spec).map(({ store }) => store));
  for (const store of stores) if (!Object.hasOwn(config.stores, store)) problems.push(`the store \`${store}\` has no settings`);
  if (!Number.isInteger(spec.mode) || spec.mode < 0 || spec.mode > 0o777) problems.push(`the mode ${spec.mode} is not between 0 and 0777`);
  return problems;
}

function failure(spec: Entry, what: string): Failure {
  const reference = referencesOf(spec)
    .map(({ text }) => text)
    .join(', ');
  return { code: 'config', key: spec.key, reference, what, remedy: REMEDY };
}
