import { type Document, isAlias, isMap, isScalar, isSeq, type Pair, parseDocument, stringify, visit, type YAMLMap } from 'yaml';
import type { Patch } from '../patch/json-patch.ts';
import { WRITING } from './insertions.ts';
import { pointerKeys } from './place-additions.ts';

/**
 * A document with all its anchors, aliases and merge keys written out, and the additions of the patch. For documents that
 * share what only one place may change. Comments stay; the layout is the library's. Plain scalars are never interpreted,
 * so `0644` or `1.50` come out as they went in.
 */
export function rewriteDocument(text: string, patch: Patch, indentSeq: boolean): string {
  const document: Document = parseDocument(text, PLAIN);
  const root = writeOut(document.contents, document);
  document.contents = isMap(root) || isSeq(root) || isScalar(root) ? root : null;
  // Only now: an alias finds its target by the anchor.
  visit(document, { Node: (_, node) => void (isAlias(node) || delete node.anchor) });
  for (const { path, value } of patch) add(root, pointerKeys(path), parseDocument(stringify(value, WRITING), PLAIN).contents);
  return document.toString({ lineWidth: 0, indentSeq });
}

/** Everything is text in this schema, and only its quotes tell what it meant. */
const PLAIN = { schema: 'failsafe', logLevel: 'silent' } as const;

function writeOut(node: unknown, document: Document): unknown {
  if (isAlias(node)) return writeOut(node.resolve(document)?.clone(), document);
  if (isMap(node)) node.items = ownAndMerged(node, document);
  if (isSeq(node)) node.items = node.items.map((item) => writeOut(item, document));
  return node;
}

/** The map's own pairs, then those of `<<` that it lacks; of several merged maps the earlier one wins. */
function ownAndMerged(map: YAMLMap, document: Document): Pair[] {
  for (const pair of map.items) {
    pair.key = writeOut(pair.key, document);
    pair.value = writeOut(pair.value, document);
  }
  const isMerge = ({ key }: Pair) => isScalar(key) && key.value === '<<' && key.type === 'PLAIN';
  const own = map.items.filter((pair) => !isMerge(pair));
  const targets = map.items.filter(isMerge).flatMap(({ value }) => (isSeq(value) ? value.items : [value]));
  const seen = new Set<string>();
  return [...own, ...targets.flatMap((target) => (isMap(target) ? target.items : []))].filter(({ key }) => {
    const name = String(key);
    return !seen.has(name) && seen.add(name);
  });
}

function add(root: unknown, keys: readonly string[], value: unknown): void {
  const last = keys.at(-1) ?? '';
  const parent = keys
    .slice(0, -1)
    .reduce<unknown>((node, key) => (isMap(node) ? node.get(key, true) : isSeq(node) ? node.items[Number(key)] : undefined), root);
  if (isMap(parent)) parent.set(last, value);
  else if (isSeq(parent)) parent.items.splice(last === '-' ? parent.items.length : Number(last), 0, value);
}
