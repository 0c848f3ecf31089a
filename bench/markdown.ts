import type { Goal, Row } from './row.ts';

/** A row as a section: heading, method, figures, goals. */
export function rowMarkdown({ title, method, head, lines, goals }: Row): string {
  const parts = [`## ${title}`, method, table(head, lines)];
  return [...parts, ...(goals.length === 0 ? [] : [table(['goal', 'reached', ''], goals.map(goalLine))])].join('\n\n');
}

/** The whole page. `machine` says on what and when, name and value. */
export function pageMarkdown(machine: Readonly<Record<string, string>>, rows: readonly Row[]): string {
  const intro = [
    '# Benchmarks',
    'Written by `npm run bench`. What a row compares ran side by side, in turn: compare within a row, not between machines.',
    table(['measured', ''], Object.entries(machine)),
  ];
  return `${[...intro, ...rows.map(rowMarkdown)].join('\n\n')}\n`;
}

function goalLine({ text, reached, met }: Goal): string[] {
  return [text, reached, met ? 'met' : '**not met**'];
}

/** A table of Markdown. */
export function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---|').join('')}`, ...lines.map(line)].join('\n');
}
