/** One right, as `kubectl auth can-i --list` tells it. */
export interface Right {
  /** Kinds of objects, or paths of the API server. */
  readonly what: string;
  /** Names to which the right is limited; empty: all. */
  readonly names: string;
  readonly verbs: string;
}

/** The lines of `kubectl auth can-i --list`, each once, in order of what they are about. */
export function rightsIn(text: string): Right[] {
  const [head = '', ...lines] = text.split('\n').filter((line) => line.trim() !== '');
  const starts = ['Resources', 'Non-Resource URLs', 'Resource Names', 'Verbs'].map((column) => head.indexOf(column));
  const rights = lines.map((line) => {
    const [resources = '', urls = '', names = '', verbs = ''] = starts.map((start, index) =>
      line
        .slice(start, starts[index + 1])
        .trim()
        .replaceAll(/^\[|\]$/g, ''),
    );
    return { what: resources || urls, names, verbs };
  });
  const unique = new Map(rights.map((right) => [JSON.stringify(right), right]));
  return [...unique.values()].toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b), 'en'));
}

/** Rights of the first list that the second has not. */
export function without(rights: readonly Right[], others: readonly Right[]): Right[] {
  const known = new Set(others.map((right) => JSON.stringify(right)));
  return rights.filter((right) => !known.has(JSON.stringify(right)));
}

/** The rights as a text block with columns. */
export function printed(rights: readonly Right[]): string {
  const rows = [{ what: 'what', names: 'names', verbs: 'verbs' }, ...rights];
  const width = (column: 'what' | 'names') => Math.max(...rows.map((row) => row[column].length)) + 2;
  const [what, names] = [width('what'), width('names')];
  return rows.map((row) => `${row.what.padEnd(what)}${row.names.padEnd(names)}${row.verbs}`.trimEnd()).join('\n');
}
