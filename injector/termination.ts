import { rank } from './exit-code.ts';
import type { Failure } from './failure.ts';

/** References named in one entry; the log has them all. */
const REFERENCES_SHOWN = 5;

/**
 * The termination message of a failure: one paragraph a failure, most important first, failures that differ only in
 * their secret and store told once. At most `budget` bytes of UTF-8.
 */
export function failureMessage(failures: readonly Failure[], budget: number): string {
  const groups = [...Map.groupBy(failures, groupId).values()].sort((a, b) => importance(a) - importance(b));
  const header = `Keyfirst delivered no secrets: ${plural(failures.length, 'problem')}.`;
  return fitting(header, groups.map(paragraph), budget, (left) => `… and ${left} more; see the log of this container.`);
}

/** How much was delivered. */
export interface Counts {
  readonly files: number;
  readonly variables: number;
}

/** The termination message of a success: one line a reference with its version. At most `budget` bytes of UTF-8. */
export function successMessage(lines: readonly string[], { files, variables }: Counts, budget: number): string {
  const counted = [
    ...(files > 0 || variables === 0 ? [plural(files, 'file')] : []),
    ...(variables > 0 ? [plural(variables, 'variable')] : []),
  ];
  return fitting(`Keyfirst delivered ${counted.join(' and ')}.`, [...new Set(lines)], budget, (left) => `… and ${left} more`);
}

function groupId({ key: _key, reference: _reference, store: _store, ...rest }: Failure): string {
  return JSON.stringify(rest, Object.keys(rest).sort());
}

function importance(group: readonly Failure[]): number {
  return Math.min(...group.map(({ code }) => rank(code)));
}

function paragraph(group: readonly Failure[]): string {
  const [first] = group;
  if (first === undefined) return '';
  const status = first.status === undefined ? '' : ` (HTTP ${first.status})`;
  const identity = first.identity === undefined ? '' : ` Asked as ${first.identity}.`;
  const text = `${first.what}${status}.${identity} ${first.remedy}`;
  const named = group.filter(({ key }) => key !== '').map(({ key, reference }) => `${key}: ${reference}`);
  if (named.length <= 1) return [...named, text].join(': ');
  const shown = named.slice(0, REFERENCES_SHOWN).join(', ');
  const more = named.length > REFERENCES_SHOWN ? ` and ${named.length - REFERENCES_SHOWN} more` : '';
  return `${storesOf(group)}${text} It concerns ${shown}${more}.`;
}

/** The stores of a group, ready to stand before its text; empty where none is concerned. */
function storesOf(group: readonly Failure[]): string {
  const names = [...new Set(group.flatMap(({ store }) => store ?? []))];
  return names.length === 0 ? '' : `store${names.length === 1 ? '' : 's'} ${names.join(', ')}: `;
}

/** As many whole entries as fit; the first one is cut only if not even it does. */
function fitting(header: string, entries: readonly string[], budget: number, trailer: (left: number) => string): string {
  for (let count = entries.length; count >= 1; count--) {
    const left = entries.length - count;
    const text = [header, ...entries.slice(0, count), ...(left > 0 ? [trailer(left)] : [])].join('\n');
    if (Buffer.byteLength(text) <= budget) return text;
  }
  return cut([header, ...entries].join('\n'), budget);
}

/** The beginning of a text, at most so many bytes, never half a character. */
function cut(text: string, budget: number): string {
  if (Buffer.byteLength(text) <= budget) return text;
  let bytes = 0;
  let result = '';
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > budget - 3) break;
    result += character;
  }
  return budget < 3 ? '' : `${result}…`;
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
