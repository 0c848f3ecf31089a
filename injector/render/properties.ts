import type { JsonObject } from '../providers/value.ts';
import { flatText } from './flat-text.ts';

const SHORT: ReadonlyMap<string, string> = new Map([
  ['\t', '\\t'],
  ['\n', '\\n'],
  ['\f', '\\f'],
  ['\r', '\\r'],
]);

/** A line a key, `key=value`, escaped as `java.util.Properties` wants it; pure ASCII, so that Latin-1 and UTF-8 readers agree. */
export function toProperties(map: JsonObject): string {
  return Object.entries(map)
    .map(([key, json]) => `${escaped(key, true)}=${escaped(flatText(json), false)}\n`)
    .join('');
}

/** A reader skips blanks before a value, but not inside; in a key each one would end it. */
function escaped(text: string, isKey: boolean): string {
  const marked = text
    .replaceAll(isKey ? /[\\ :=#!]/g : /\\|^ |^[:=#!]/g, (character) => `\\${character}`)
    .replaceAll(/[\t\n\f\r]/g, (character) => SHORT.get(character) ?? '');
  return marked.replaceAll(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
