import { bad, nameList, quoted, type Result } from '../result.ts';

const MAP_REMEDY = 'Name one of its keys, or write it as JSON with the filter `| json`.';

/**
 * A failure of the library in our words, with line and column. Its own message is used only where it can speak of nothing
 * but the template itself: while parsing, which knows no values.
 */
export function templateProblem(error: unknown, scope: object, template: string, parsing: boolean): Result<never> {
  const root = rootOf(error);
  const place = placeOf(error);
  const name = nameOf(root);
  if (name === 'UndefinedVariableError' || name === 'InternalUndefinedVariableError')
    return undefinedVariable(messageOf(root), place, scope, template);
  if (name === 'MapInOutput') return bad(`${place} prints a map`, MAP_REMEDY);
  const limit = /^(parse length|template render|memory alloc) limit exceeded/.exec(messageOf(root))?.[1];
  if (limit !== undefined)
    return bad(`${place} exceeds the limit of ${LIMITS.get(limit) ?? limit}`, 'Make the template smaller, or its loops shorter.');
  if (parsing) {
    const words = messageOf(root)
      .replace(/, (file|line):.*$/s, '')
      .replaceAll(/[\s\p{Cc}]+/gu, ' ')
      .slice(0, 200);
    const remedy = /^tag "(include|render|layout|block)" not found/.test(words)
      ? 'Templates cannot read files; put everything into one template.'
      : 'Correct the template; tags are `<% %>`, outputs `<< >>`, a literal `<<` is written inside `<% raw %>`.';
    return bad(`${place} cannot be parsed: ${words}`, remedy);
  }
  return bad(`${place} cannot be rendered (${name})`, 'Check each filter and tag there against the kind of value it gets.');
}

const LIMITS: ReadonlyMap<string, string> = new Map([
  ['parse length', 'length'],
  ['template render', 'time'],
  ['memory alloc', 'memory'],
]);

function undefinedVariable(message: string, place: string, scope: object, template: string): Result<never> {
  const text = message.replace(/^undefined variable: /, '');
  const path = text.split('.');
  // In `<< db[name] >>` the library tells the value of `name`.
  if (!path.every((name) => isWritten(name, template)))
    return bad(
      `${place} names a key by a value, and it is not there`,
      'Correct the value, or guard it with `<% if … %>` or `| default: …`.',
    );
  let known: object = scope;
  let depth = 0;
  for (const name of path.slice(0, -1)) {
    const below = member(known, name);
    if (below === undefined) break;
    known = below;
    depth += 1;
  }
  const where = depth === 0 ? 'there are' : `${quoted(path.slice(0, depth).join('.'))} has`;
  return bad(
    `${place} names ${quoted(path.join('.'))}, which is not there; ${where} ${nameList(Object.keys(known))}`,
    'Correct the name, or guard it with `<% if … %>` or `| default: …`.',
  );
}

/** Whether a name stands in the template itself, as a whole word. */
function isWritten(name: string, template: string): boolean {
  for (let at = template.indexOf(name); at >= 0; at = template.indexOf(name, at + 1)) {
    const around = (template[at - 1] ?? ' ') + (template[at + name.length] ?? ' ');
    if (!/[\w-]/.test(around)) return true;
  }
  return false;
}

/** The map below a name. */
function member(known: object, name: string): object | undefined {
  const found: unknown = Object.hasOwn(known, name) ? Reflect.get(known, name) : undefined;
  return typeof found === 'object' && found !== null ? found : undefined;
}

/** The library wraps an error for each tag around it; the innermost says what happened. */
function rootOf(error: unknown): unknown {
  let current = error;
  for (let depth = 0; depth < 20; depth++) {
    const inner: unknown =
      typeof current === 'object' && current !== null && 'originalError' in current ? current.originalError : undefined;
    if (inner === undefined || inner === null) return current;
    current = inner;
  }
  return current;
}

function placeOf(error: unknown): string {
  const token: unknown = typeof error === 'object' && error !== null && 'token' in error ? error.token : undefined;
  if (typeof token !== 'object' || token === null || !('getPosition' in token) || typeof token.getPosition !== 'function')
    return 'the template';
  const position: unknown = token.getPosition();
  return Array.isArray(position) ? `line ${position[0]}, column ${position[1]} of the template` : 'the template';
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : '';
}
