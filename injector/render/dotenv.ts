import { parseEnv } from 'node:util';
import type { JsonObject } from '../providers/value.ts';
import { flatText } from './flat-text.ts';
import { bad, quoted, type Result } from './result.ts';
import { variableNames } from './variable-names.ts';

/** Neither reader sees anything special in it. */
const BARE = /^[\w.,/:@%+-]+$/;

/**
 * A line a key: `NAME=value`. In names `/`, `.` and `-` become `_`. Every line reads back the same by Node's
 * `util.parseEnv` and by a POSIX shell (`set -a; . ./file`); what neither way of quoting holds for both is refused.
 */
export function toDotenv(map: JsonObject): Result<string> {
  const { names, problems } = variableNames(Object.keys(map));
  if (problems.length > 0) return bad(problems.join('; '), OTHERWISE);
  const lines: string[] = [];
  for (const [key, name] of names) {
    if (name === '__proto__') return bad('Node does not read a variable with the name `__proto__` from a `.env` file', OTHERWISE);
    const value = quote(flatText(map[key] ?? null));
    if (typeof value !== 'string') return bad(`the value of ${quoted(key)} cannot be written in a \`.env\` file: ${value.why}`, OTHERWISE);
    lines.push(`${name}=${value}\n`);
  }
  return { ok: true, value: lines.join('') };
}

const OTHERWISE = 'Choose the keys with `from` and several names, or write the file as `.json`, `.yaml` or by a `template`.';

/** The value as both readers understand it, or why there is none. */
function quote(text: string): string | { why: string } {
  if (!text.isWellFormed()) return { why: 'it is not valid Unicode' };
  if (text.includes('\0')) return { why: 'it holds a NUL character' };
  if (text.includes('\r')) return { why: 'it holds a carriage return, which Node drops' };
  if (BARE.test(text)) return text;
  if (!text.includes("'")) return checked(`'${text}'`, text);
  if (/["$\\`]/.test(text)) return { why: 'it holds a single quote together with `"`, `$`, `\\` or a backtick' };
  return checked(`"${text}"`, text);
}

/** Node's own reader has the last word. */
function checked(quotedText: string, text: string): string | { why: string } {
  return parseEnv(`A=${quotedText}\nB=b\n`).A === text ? quotedText : { why: 'Node would read another value' };
}
