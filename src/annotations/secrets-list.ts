import { isScalar, Lexer, LineCounter, parseDocument, visit } from 'yaml';
import { FORMATS, type Format } from '../contract/secret-spec.ts';
import { didYouMean } from '../issues/did-you-mean.ts';
import type { Issue } from '../issues/issue.ts';
import type { Variables } from './request.ts';
import { prefixProblem, variableNameProblem } from './variable-name.ts';

/** An entry with its references still as text: one file, or variables. */
export type ListEntry = FileEntry | VariablesEntry;

interface SourceEntry {
  readonly key: string;
  readonly from: string | Readonly<Record<string, string>>;
  readonly template?: string;
  readonly format?: Format;
  readonly password?: string;
  readonly optional: boolean;
  readonly containers?: readonly string[];
}
export interface FileEntry extends SourceEntry {
  readonly file: string;
  readonly mode?: number;
}
export interface VariablesEntry extends SourceEntry {
  readonly variables: Variables;
}

/** Far more than a container's environment variable can carry as references. */
const MOST_ENTRIES = 1000;
/**
 * Pieces of YAML: names, colons, line breaks, blanks between. The time to read a list goes by them and not by its length, which
 * templates make long: 12,000 take some 40 ms, whatever they are. An entry of four lines has about 35.
 */
const MOST_PIECES = 12_000;
/** Brackets within brackets; an entry needs three. */
const DEEPEST = 32;
/** Of one entry. */
const MOST_PROBLEMS = 10;

const ENTRY_KEYS = ['file', 'env', 'from', 'template', 'format', 'password', 'mode', 'optional', 'containers', 'prefix'];

/**
 * Reads the value of `keyfirst.dev/secrets`. Aliases are refused (they can make a small text huge), and no message
 * quotes the text: people paste secrets where a reference belongs.
 */
export function parseSecretsList(key: string, text: string): { entries: ListEntry[]; issues: Issue[] } {
  if (isTooMuch(text)) return failed(key, 'is more YAML than can be read, or is nested too deep; write fewer entries, or split the pod');
  const lines = new LineCounter();
  const document = read(text, lines);
  if (document === undefined) return failed(key, 'is nested too deep; a list has entries, and an entry has keys');
  const fault = document.errors[0];
  if (fault !== undefined) {
    const { line, col } = lines.linePos(fault.pos[0]);
    return failed(key, `is not valid YAML at line ${line}, column ${col} (${fault.code.toLowerCase().replaceAll('_', ' ')})`);
  }
  if (hasRepeatedKey(document)) return failed(key, 'has a map with one key twice; keep one of them');
  let list: unknown;
  try {
    list = document.toJS({ maxAliasCount: 0 });
  } catch {
    return failed(key, 'uses YAML aliases (`*name`), which are refused; write the entries out');
  }
  if (Array.isArray(list) && list.length === 0) return failed(key, 'is an empty list; add an entry or remove the annotation');
  if (!Array.isArray(list)) return failed(key, 'is not a YAML list; begin each entry with `- file: …` or `- env: …`');

  if (list.length > MOST_ENTRIES) return failed(key, `has ${list.length} entries; a pod takes ${MOST_ENTRIES}`);

  const results = list.map((item: unknown, index) => parseEntry(`${key}[${index}]`, item));
  return {
    entries: results.flatMap((result) => ('entry' in result ? [result.entry] : [])),
    issues: results.flatMap((result) => ('issues' in result ? result.issues.slice(0, MOST_PROBLEMS) : [])),
  };
}

function isTooMuch(text: string): boolean {
  let pieces = 0;
  let depth = 0;
  for (const piece of new Lexer().lex(text)) {
    pieces += 1;
    if (piece === '[' || piece === '{') depth += 1;
    else if (piece === ']' || piece === '}') depth -= 1;
    if (pieces > MOST_PIECES || depth > DEEPEST) return true;
  }
  return false;
}

/** Undefined where the nesting is too deep for the library. */
function read(text: string, lineCounter: LineCounter): ReturnType<typeof parseDocument> | undefined {
  const { stackTraceLimit } = Error;
  try {
    // The library makes an error for each fault of the text; their stacks would take four fifths of the time.
    Error.stackTraceLimit = 0;
    // Its own check for repeated keys takes time by their square. With `silent` it would pass over a second document.
    return parseDocument(text, { lineCounter, prettyErrors: false, logLevel: 'error', stringKeys: true, uniqueKeys: false });
  } catch {
    return undefined;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function hasRepeatedKey(document: Parameters<typeof visit>[0]): boolean {
  let repeated = false;
  visit(document, {
    Map(_key, { items }) {
      const names = items.map(({ key }) => (isScalar(key) ? String(key.value) : ''));
      if (new Set(names).size === names.length) return undefined;
      repeated = true;
      return visit.BREAK;
    },
  });
  return repeated;
}

function failed(key: string, message: string): { entries: ListEntry[]; issues: Issue[] } {
  return { entries: [], issues: [issue(key, message)] };
}

function parseEntry(key: string, item: unknown): { entry: ListEntry } | { issues: Issue[] } {
  if (!isRecord(item)) return { issues: [issue(key, 'is not a map; write `file:` or `env:`, and `from:`')] };
  const problems = Object.keys(item).flatMap((name) => nameProblem(name) ?? []);
  const { file, env, from, template, format, password, mode, optional, containers, prefix } = item;
  const check = (holds: boolean, problem: string) => {
    if (!holds) problems.push(problem);
  };
  check(file !== undefined || env !== undefined, 'has neither `file` nor `env`; name the file to write or the variable to set');
  check(file === undefined || env === undefined, 'has both `file` and `env`; make two entries of it');
  check(file === undefined || typeof file === 'string', '`file` is not text; quote it');
  check(isSource(from), sourceProblem(from));
  check(template === undefined || typeof template === 'string', '`template` is not text; write it as a block after `template: |`');
  check(format === undefined || isFormat(format), `\`format\` is not one of ${FORMATS.join(', ')}`);
  check(password === undefined || typeof password === 'string', '`password` is not a reference');
  check(password === undefined || format === 'pkcs12', '`password` goes with `format: pkcs12`');
  check(template === undefined || format === undefined, '`template` writes its text as it is; leave `format` out');
  check(optional === undefined || typeof optional === 'boolean', '`optional` is neither true nor false');
  const bits = mode === undefined ? undefined : parseMode(mode);
  check(bits !== null, '`mode` is not a quoted octal text; write it like "0400" or "0444"');
  check(mode === undefined || env === undefined, '`mode` goes with `file`; variables have none');
  check(containers === undefined || isNames(containers), '`containers` is not a list of names; write it like [web, worker]');
  check(prefix === undefined || env === '*', '`prefix` goes with `env: "*"`');
  const variables = env === undefined ? undefined : parseVariables(env, prefix);
  if (variables !== undefined && 'problems' in variables) problems.push(...variables.problems);
  const several = variables !== undefined && 'kind' in variables && variables.kind !== 'one';
  check(
    !several || (template === undefined && format === undefined),
    'several variables take properties of one secret; leave `template` and `format` out',
  );
  check(!several || typeof from === 'string', 'several variables take properties of one secret; give one reference in `from`');

  const source = isSource(from) && {
    key,
    from,
    optional: optional === true,
    ...(typeof template === 'string' ? { template } : {}),
    ...(isFormat(format) ? { format } : {}),
    ...(typeof password === 'string' ? { password } : {}),
    ...(isNames(containers) ? { containers: [...new Set(containers)] } : {}),
  };
  if (problems.length === 0 && source !== false) {
    if (variables !== undefined && 'kind' in variables) return { entry: { ...source, variables } };
    if (typeof file === 'string') return { entry: { ...source, file, ...(typeof bits === 'number' ? { mode: bits } : {}) } };
  }
  return { issues: problems.map((message) => issue(key, message)) };
}

/** `env`: a name, a map from names to properties, or `"*"` for every key. */
function parseVariables(env: unknown, prefix: unknown): Variables | { problems: string[] } {
  if (env === '*') {
    const problem =
      prefix === undefined ? undefined : typeof prefix === 'string' ? prefixProblem(prefix) : '`prefix` is not text; quote it';
    return problem === undefined ? { kind: 'all', prefix: typeof prefix === 'string' ? prefix : '' } : { problems: [problem] };
  }
  if (typeof env === 'string') {
    const problem = variableNameProblem(env);
    return problem === undefined ? { kind: 'one', name: env } : { problems: [`\`env\` ${problem}`] };
  }
  if (!isRecord(env)) return { problems: ['`env` is neither the name of a variable, nor a map from names to properties, nor "*"'] };
  const names = Object.entries(env);
  if (names.length === 0) return { problems: ['`env` is an empty map; write lines like `STRIPE_KEY: key`'] };
  const problems = names.flatMap(([name, property]) => {
    const problem = variableNameProblem(name);
    if (problem !== undefined) return [`\`env\` has a name that ${problem}`];
    return typeof property === 'string' && property !== '' ? [] : [`\`env.${name}\` is not a property; write \`${name}: key\``];
  });
  return problems.length > 0
    ? { problems }
    : { kind: 'each', names: Object.fromEntries(names.map(([name, property]) => [name, String(property)])) };
}

function nameProblem(name: string): string | undefined {
  if (ENTRY_KEYS.includes(name)) return undefined;
  // An unknown name may be a pasted value, so it is only quoted when it is near a known one.
  const hint = didYouMean(name, ENTRY_KEYS);
  return hint === '' ? `has an unknown key; an entry takes ${ENTRY_KEYS.join(', ')}` : `has an unknown key \`${name}\`${hint}`;
}

/** One reference, or several by names that a template can say. */
function isSource(from: unknown): from is string | Record<string, string> {
  if (typeof from === 'string') return true;
  return (
    isRecord(from) &&
    Object.keys(from).length > 0 &&
    Object.entries(from).every(([name, text]) => SOURCE_NAME.test(name) && typeof text === 'string')
  );
}

const SOURCE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

function sourceProblem(from: unknown): string {
  if (from === undefined) return 'has no `from`; give a reference such as vault://secret/shop/db#password';
  if (isRecord(from)) return '`from` is not a map from names (letters, digits, `_`) to references';
  return '`from` is not a reference such as vault://secret/shop/db#password';
}

function isFormat(value: unknown): value is Format {
  return FORMATS.some((format) => format === value);
}

function isNames(value: unknown): value is string[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((name) => typeof name === 'string' && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name))
  );
}

/** Permission bits, or null when the value is none. YAML reads a bare 0400 as four hundred, so it must be quoted. */
function parseMode(value: unknown): number | null {
  return typeof value === 'string' && /^0?[0-7]{3}$/.test(value) ? Number.parseInt(value, 8) : null;
}

function issue(key: string, message: string): Issue {
  return { reason: 'invalid-annotation', key, message };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
