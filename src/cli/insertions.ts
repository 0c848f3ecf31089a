import { isScalar, type Pair, stringify } from 'yaml';
import type { Edit } from './edit.ts';
import { type Collection, columnOf, endOf, isFlow, lineStart, startOf } from './yaml-layout.ts';

/** The text that is added to, and how it is written. */
export interface Style {
  readonly text: string;
  readonly eol: string;
  readonly indentSeq: boolean;
}

/** How text that Keyfirst adds is written: readable by YAML 1.1 and 1.2 alike. */
export const WRITING = { compat: 'yaml-1.1', lineWidth: 0, aliasDuplicateObjects: false } as const;

/** `volumes:` without a value, or with null, becomes the list. */
export function fillNull(map: Collection, { value: node }: Pair, key: string, value: unknown, style: Style): Edit[] | undefined {
  if (!isScalar(node) || node.value !== null || node.range == null) return undefined;
  let [start] = node.range;
  const end = node.range[1];
  if (isFlow(map)) return [{ at: start, remove: end - start, text: `${start === end ? ' ' : ''}${JSON.stringify(value)}` }];
  while (style.text[start - 1] === ' ') start--;
  const [, ...lines] = blockLines({ [key]: value }, columnOf(map), style);
  return [{ at: start, remove: end - start, text: '' }, asLines(end, lines, style)];
}

/** A new entry of a block collection, on lines of its own. */
export function insertLines(parent: Collection, index: number, content: unknown, style: Style): Edit | undefined {
  const lines = blockLines(content, columnOf(parent), style);
  if (index >= parent.items.length) {
    const end = endOf(parent);
    return end === undefined ? undefined : asLines(end, lines, style);
  }
  const token = parent.srcToken;
  const dash = token?.type === 'block-seq' ? token.items[index]?.start.find(({ type }) => type === 'seq-item-ind') : undefined;
  if (dash === undefined) return undefined;
  let at = lineStart(style.text, dash.offset);
  if (style.text.slice(at, dash.offset).trim() !== '') return undefined;
  // Comments right above an item are about the item, so they stay with it.
  const before = endOf(parent.items[index - 1]) ?? 0;
  for (let up = lineStart(style.text, at - 1); at > 0 && up >= before && /^\s*#/.test(style.text.slice(up, at)); ) {
    at = up;
    up = lineStart(style.text, at - 1);
  }
  return { at, remove: 0, text: lines.map((line) => line + style.eol).join('') };
}

/** A new entry between brackets, on lines of its own where the others are. */
export function insertFlow(parent: Collection, index: number, content: unknown, { text, eol }: Style): Edit | undefined {
  if (parent.range == null) return undefined;
  const [open] = parent.range;
  const first = startOf(parent.items[0]);
  if (first === undefined) return { at: open + 1, remove: 0, text: inside(JSON.stringify(content)) };
  const spread = text.slice(open, first).includes('\n');
  const indent = spread ? text.slice(lineStart(text, first), first) : '';
  if (indent.trim() !== '') return undefined;
  const unit = indent.slice(/^\s*/.exec(text.slice(lineStart(text, open)))?.[0].length ?? 0) || 2;
  const json = spread
    ? inside(JSON.stringify(content, null, unit))
        .replaceAll(`\n${typeof unit === 'string' ? unit : '  '}`, `${eol}${indent}`)
        .trim()
    : inside(JSON.stringify(content));
  const gap = spread ? `,${eol}${indent}` : ', ';
  const end = endOf(parent.items.at(-1));
  const start = startOf(parent.items[index]);
  if (start !== undefined) return { at: start, remove: 0, text: json + gap };
  return end === undefined ? undefined : { at: end, remove: 0, text: gap + json };
}

/** JSON without the brackets around it. */
function inside(json: string): string {
  return json.slice(1, -1);
}

function blockLines(content: unknown, column: number, { indentSeq }: Style): string[] {
  return stringify(content, { ...WRITING, indentSeq })
    .trimEnd()
    .split('\n')
    .map((line) => ' '.repeat(column) + line);
}

/** Inserts lines after the line of `end`, where the last thing before them ends. */
function asLines(end: number, lines: readonly string[], { text, eol }: Style): Edit {
  const newline = text[end - 1] === '\n' ? end - 1 : text.indexOf('\n', end);
  if (newline === -1) return { at: text.length, remove: 0, text: lines.map((line) => eol + line).join('') };
  return { at: newline + 1, remove: 0, text: lines.map((line) => line + eol).join('') };
}
