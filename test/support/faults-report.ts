import { type Case, caseTitle, type FaultedStore, faultCases } from './faults-expected.ts';
import type { FaultRun } from './faults-run.ts';

const LEGEND = [
  '# Faults of every store',
  'Each cell is one run of the injector: exit code, seconds from its first request to its end, requests. What fails has 3 s, and left no file behind.',
  'The doubles of Azure, AWS and Google hold values that these stores themselves refuse (25 KB, 64 or 8 KB, 64 KiB).',
  '* Vault takes no text above 1 MiB: the proxy puts it into the answer.',
];

/** The table fault × store × outcome, as it was seen. */
export class FaultReport {
  readonly #cells: ReadonlyMap<string, Map<string, string>>;
  readonly #stores: readonly string[];

  constructor(stores: readonly FaultedStore[]) {
    this.#stores = stores;
    this.#cells = new Map(stores.flatMap(faultCases).map((one) => [caseTitle(one), new Map()]));
  }

  add(store: FaultedStore, one: Case, run: FaultRun, replaced: boolean): void {
    const wrong = run.exitCode === one.expected.exitCode ? '' : ` (must be ${one.expected.exitCode})`;
    const cell = `${run.exitCode}${wrong} · ${(run.elapsed / 1000).toFixed(1)} s · ${run.asked.length}${replaced ? ' *' : ''}`;
    this.#cells.get(caseTitle(one))?.set(store, cell);
  }

  /** As Markdown, its columns in line. */
  text(): string {
    const rows = [...this.#cells].map(([row, cells]) => [row, ...this.#stores.map((store) => cells.get(store) ?? '')]);
    const all = [['fault', ...this.#stores], ...rows];
    const widths = ['', ...this.#stores].map((_, column) => Math.max(...all.map((cells) => (cells[column] ?? '').length)));
    const line = (cells: readonly string[], fill = ' ') =>
      `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0, fill)).join(' | ')} |`;
    const [head = [], ...body] = all;
    const table = [
      line(head),
      line(
        head.map(() => ''),
        '-',
      ),
      ...body.map((cells) => line(cells)),
    ];
    return `${LEGEND.join('\n\n')}\n\n${table.join('\n')}\n`;
  }
}
