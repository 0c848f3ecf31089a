import { structuredPatch } from 'diff';
import type { Colors } from 'picocolors/types.js';
import { Document, isMap, isPair, isSeq, visit } from 'yaml';
import { CONFIG_VARIABLE } from '../../src/contract/names.ts';

/** Unchanged lines around a change. */
const CONTEXT = 2;
/** Longest map or list that stays on one line. */
const ONE_LINE = 84;

/** The change of a pod as the lines of a YAML diff: only what differs, with a little around it. */
export function diffLines(before: unknown, after: unknown, colors: Colors): string[] {
  const { hunks } = structuredPatch('', '', toYaml(before), toYaml(after), '', '', { context: CONTEXT });
  return hunks.flatMap(({ lines }, index) => [...(index === 0 ? [] : [colors.dim('  ⋮')]), ...lines.map((line) => paint(line, colors))]);
}

function paint(line: string, { green, red, dim }: Colors): string {
  const text = `${line.slice(0, 1)} ${line.slice(1)}`;
  if (line.startsWith('+')) return green(text);
  if (line.startsWith('-')) return red(text);
  return dim(text);
}

/** YAML for reading: small maps on one line, and the long variable of our container left for later. */
function toYaml(value: unknown): string {
  const document = new Document(structuredClone(value));
  visit(document, {
    Collection(_, collection, path) {
      const pair = path.at(-1);
      if (isMap(collection) && collection.get('name') === CONFIG_VARIABLE) collection.set('value', 'see below');
      const small = collection.items.length === 0 || JSON.stringify(collection).length <= ONE_LINE;
      if (small && (isSeq(pair) || (isPair(pair) && SMALL.has(String(pair.key))))) collection.flow = true;
    },
  });
  return document.toString({ lineWidth: 0 });
}

/** Maps of a pod that read well on one line even outside a list. */
const SMALL = new Set(['emptyDir', 'configMap', 'capabilities', 'requests', 'limits', 'resources', 'seccompProfile']);
