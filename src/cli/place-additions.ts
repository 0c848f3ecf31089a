import { type Document, isCollection, isMap, isPair, isScalar, type Pair, visit } from 'yaml';
import type { Patch } from '../patch/json-patch.ts';
import type { Edit } from './edit.ts';
import { fillNull, insertFlow, insertLines, type Style } from './insertions.ts';
import { type Collection, indentsSequences, isFlow } from './yaml-layout.ts';

/**
 * Turns `add` operations into insertions into the document's own text, so that every other byte stays as it is.
 * Undefined where that cannot be done: an anchored node on the way is used elsewhere too, or the YAML is an unusual one.
 * The caller compares the result with the patched content.
 */
export function placeAdditions(document: Document.Parsed, text: string, patch: Patch): Edit[] | undefined {
  const style = { text, eol: text.includes('\r\n') ? '\r\n' : '\n', indentSeq: indentsSequences(document) };
  const aliased = aliasedAnchors(document);
  const edits: Edit[] = [];
  const insertions = new Map<Collection, number[]>();
  for (const { path, value } of patch) {
    const keys = pointerKeys(path);
    const last = keys.pop() ?? '';
    const parent = walk(document.contents, keys, aliased);
    const placed = parent && place(parent, isMap(parent) ? last : beforeAdditions(parent, last, insertions), value, style);
    if (placed === undefined) return undefined;
    edits.push(...placed);
  }
  return edits;
}

/** An index of the list as it is now, after earlier additions of the patch, as one of the text, which has none of them. */
function beforeAdditions(list: Collection, index: string, insertions: Map<Collection, number[]>): string {
  if (index === '-') return index;
  const earlier = insertions.get(list) ?? [];
  insertions.set(list, [...earlier, Number(index)]);
  return String(Number(index) - earlier.filter((other) => other < Number(index)).length);
}

/** Keys of an RFC 6901 pointer. */
export function pointerKeys(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function aliasedAnchors(document: Document.Parsed): ReadonlySet<string> {
  const names = new Set<string>();
  visit(document, { Alias: (_, { source }) => void names.add(source) });
  return names;
}

/** The collection at a path, unless what is there belongs to another place too. */
function walk(root: unknown, keys: readonly string[], aliased: ReadonlySet<string>): Collection | undefined {
  let node: unknown = root;
  for (const key of [...keys, undefined]) {
    if (!isCollection(node) || (node.anchor !== undefined && aliased.has(node.anchor))) return undefined;
    if (key === undefined) return node;
    node = isMap(node) ? pairOf(node, key)?.value : node.items[Number(key)];
  }
  return undefined;
}

function pairOf(map: Collection, name: string): Pair | undefined {
  const items: readonly unknown[] = map.items;
  return items.find((item): item is Pair => isPair(item) && isScalar(item.key) && String(item.key.value) === name);
}

function place(parent: Collection, last: string, value: unknown, style: Style): Edit[] | undefined {
  const pair = isMap(parent) ? pairOf(parent, last) : undefined;
  if (pair !== undefined) return fillNull(parent, pair, last, value, style);
  const index = isMap(parent) || last === '-' ? parent.items.length : Number(last);
  const content = isMap(parent) ? { [last]: value } : [value];
  const edit = isFlow(parent) ? insertFlow(parent, index, content, style) : insertLines(parent, index, content, style);
  return edit && [edit];
}
