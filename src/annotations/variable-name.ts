import { CHECK_VARIABLE } from '../contract/names.ts';

/** What every Kubernetes takes as a name; later versions take more, and programs and shells less. */
const NAME = /^[A-Za-z_.-][A-Za-z0-9_.-]*$/;
/** Names are file names too, with room for what tells two of a name apart. */
const MOST_CHARACTERS = 200;

/** What is wrong with the name of a variable, to follow its key; undefined when nothing is. Never quotes it: it may be a pasted value. */
export function variableNameProblem(name: string): string | undefined {
  if (name.length > MOST_CHARACTERS) return `is longer than the ${MOST_CHARACTERS} characters that a name may have`;
  if (name === CHECK_VARIABLE) return 'is a name that Keyfirst needs for itself; choose another';
  if (NAME.test(name) && name !== '.' && !name.startsWith('..')) return undefined;
  return 'is not the name of a variable: letters, digits, `_`, `-` and `.`, the first no digit';
}

/** Likewise for what goes before the keys of a map. */
export function prefixProblem(prefix: string): string | undefined {
  return prefix === '' || variableNameProblem(prefix) === undefined
    ? undefined
    : '`prefix` cannot begin the name of a variable: letters, digits and `_`, the first no digit';
}
