import { filePathClashes, filePathProblem } from '../../../src/contract/file-path.ts';
import { CHECK_VARIABLE } from '../../../src/contract/names.ts';
import type { VariableSpec } from '../../../src/contract/secret-spec.ts';
import { quoted } from '../result.ts';
import { fileKeyRefNameProblem } from './file-key-ref.ts';

/** What Kubernetes takes as a name since it is relaxed about them. */
const NAME = /^[ -<>-~]+$/;

export interface SpecProblem {
  readonly spec: VariableSpec;
  readonly what: string;
}

/** What the schema cannot say of variables: which they are, that they have names and files of their own. All problems at once. */
export function checkVariables(specs: readonly VariableSpec[]): SpecProblem[] {
  return [...specs.flatMap((spec) => specProblems(spec).map((what) => ({ spec, what }))), ...fileClashes(specs)];
}

function specProblems(spec: VariableSpec): string[] {
  const { name, names, prefix, suffix, lists, template, format, password } = spec;
  const kinds = [name, names, prefix].filter((kind) => kind !== undefined).length;
  const problems: string[] = [];
  if (kinds !== 1) problems.push('exactly one of `name`, `names` and `prefix` says which variables it sets');
  if (names !== undefined && Object.keys(names).length === 0) problems.push('`names` is empty');
  for (const [variable, property] of Object.entries(names ?? {}))
    if (property === '') problems.push(`the variable ${quoted(variable)} has no property`);
  if (name === undefined && (template ?? format ?? password) !== undefined)
    problems.push('`template`, `format` and `password` make one value, not several');
  if (prefix !== undefined && prefix !== '' && !NAME.test(prefix)) problems.push(`${quoted(prefix)} cannot begin the name of a variable`);
  if (suffix === undefined && lists === undefined) problems.push('neither `suffix` nor `lists` says how containers take the variables');
  if (lists?.length === 0) problems.push('the list of lists is empty');
  if (suffix !== undefined && prefix !== undefined) problems.push('variables by `fileKeyRef` have names that are known before');
  for (const variable of namesOf(spec)) {
    if (!NAME.test(variable)) problems.push(`${quoted(variable)} is not the name of a variable: printable ASCII without \`=\``);
    else if (suffix !== undefined) {
      const problem = fileKeyRefNameProblem(variable) ?? filePathProblem(variable + suffix);
      if (problem !== undefined) problems.push(`the variable ${quoted(variable)} cannot be taken from a file: ${problem}`);
    }
  }
  if (suffix !== undefined && (suffix.includes('/') || filePathProblem(`x${suffix}`) !== undefined))
    problems.push(`the suffix ${quoted(suffix)} is no part of a file name`);
  return problems;
}

/** Two variables in one file of the variables' volume. */
function fileClashes(specs: readonly VariableSpec[]): SpecProblem[] {
  const places = specs.flatMap((spec) =>
    spec.suffix === undefined ? [] : namesOf(spec).map((name) => ({ spec, path: name + spec.suffix })),
  );
  const paths = [CHECK_VARIABLE, ...places.map(({ path }) => path)];
  return filePathClashes(paths).flatMap(({ index, other }) => {
    const place = places[index - 1];
    if (place === undefined) return [];
    return [{ spec: place.spec, what: `the variable's file ${quoted(place.path)} lies in the way of ${quoted(paths[other] ?? '')}` }];
  });
}

/** Names that are known before the secret is read. */
function namesOf({ name, names }: VariableSpec): string[] {
  return name === undefined ? Object.keys(names ?? {}) : [name];
}
