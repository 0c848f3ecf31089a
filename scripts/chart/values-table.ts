import { isMap, isScalar, type Pair, parseDocument, type YAMLMap } from 'yaml';

export interface ValueRow {
  /** Path of the value, for example `webhook.image.tag`. */
  readonly path: string;
  /** Default, as JSON. */
  readonly default: string;
  /** The comment above the key: its first paragraph, in one line. Empty when there is none. */
  readonly sentence: string;
}

/**
 * Every value of a values.yaml with the comment above it. A map is followed into its keys unless none of them has a comment:
 * then it is one value (resources, a volume).
 */
export function valueRows(text: string): ValueRow[] {
  const document = parseDocument(text);
  if (!isMap(document.contents)) throw new Error('values.yaml holds no map');
  return rowsOf(document.contents, '');
}

/** The rows as a Markdown table. */
export function valuesTable(rows: readonly ValueRow[]): string {
  const cell = (line: string) => line.replaceAll('|', '\\|');
  return [
    '| value | default | meaning |',
    '| --- | --- | --- |',
    ...rows.map(({ path, default: value, sentence }) => `| \`${path}\` | \`${cell(value)}\` | ${cell(sentence)} |`),
  ].join('\n');
}

function rowsOf(map: YAMLMap, prefix: string): ValueRow[] {
  return map.items.flatMap((pair, index): ValueRow[] => {
    const path = `${prefix}${isScalar(pair.key) ? String(pair.key.value) : ''}`;
    if (isMap(pair.value) && hasComments(pair.value)) return rowsOf(pair.value, `${path}.`);
    return [{ path, default: JSON.stringify(defaultOf(pair)), sentence: comment(map, index) }];
  });
}

function hasComments(map: YAMLMap): boolean {
  return map.items.some(({ value }, index) => comment(map, index) !== '' || (isMap(value) && hasComments(value)));
}

/** The parser gives what stands above a map's first key to the map itself. */
function comment(map: YAMLMap, index: number): string {
  const key = map.items[index]?.key;
  const own = isScalar(key) ? key.commentBefore : undefined;
  const text = own ?? (index === 0 ? map.commentBefore : undefined) ?? '';
  const [paragraph = ''] = text.trim().split(/\n\s*\n/);
  return paragraph.trim().replaceAll(/\s*\n\s*/g, ' ');
}

function defaultOf({ value }: Pair): unknown {
  return value !== null && typeof value === 'object' && 'toJSON' in value && typeof value.toJSON === 'function' ? value.toJSON() : value;
}
