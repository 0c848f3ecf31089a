import { type Document, isAlias, isCollection, isMap, isPair, isScalar, isSeq, type Node, visit } from 'yaml';

export type Collection = Extract<Node, { items: unknown[] }>;

/** Whether the document indents the lists of its maps; `yes` where it has none. */
export function indentsSequences(document: Document.Parsed): boolean {
  let indented: boolean | undefined;
  visit(document, {
    Pair(_, { value }, path) {
      const map = path.at(-1);
      if (!isSeq(value) || !isMap(map) || isFlow(value) || isFlow(map)) return undefined;
      indented = columnOf(value) > columnOf(map);
      return visit.BREAK;
    },
  });
  return indented ?? true;
}

/** Offset where the last thing of an item ends, before any comment. */
export function endOf(item: unknown): number | undefined {
  if (isPair(item)) return endOf(item.value ?? item.key);
  if (isCollection(item) && !isFlow(item) && item.items.length > 0) return endOf(item.items.at(-1));
  return isCollection(item) || isScalar(item) || isAlias(item) ? item.range?.[1] : undefined;
}

export function startOf(item: unknown): number | undefined {
  if (isPair(item)) return startOf(item.key);
  return isCollection(item) || isScalar(item) || isAlias(item) ? item.range?.[0] : undefined;
}

export function isFlow(node: Collection): boolean {
  return node.flow === true;
}

/** Column at which the entries of a block collection begin. */
export function columnOf({ srcToken }: Collection): number {
  return srcToken !== undefined && 'indent' in srcToken ? srcToken.indent : 0;
}

export function lineStart(text: string, at: number): number {
  return at <= 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1;
}
