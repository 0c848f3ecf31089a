/** One comparison: what was measured side by side, in one run, and what it had to reach. */
export interface Row {
  /** What it is about, a heading. */
  readonly title: string;
  /** How it was measured, for a reader who wants to repeat or doubt it. */
  readonly method: string;
  readonly head: readonly string[];
  readonly lines: readonly (readonly string[])[];
  /** None where the figures are there to know and not to reach. */
  readonly goals: readonly Goal[];
}

/** How many rounds to measure, of the number that gives figures to rely on. */
export type Rounds = (usual: number) => number;

/** Measures a row. Throws when this machine lacks something, or when what is measured fails. */
export type Bench = (rounds: Rounds) => Promise<Row>;

export interface Goal {
  readonly text: string;
  /** The figure that was reached, in the goal's own terms. */
  readonly reached: string;
  readonly met: boolean;
}

/** A goal that one figure is at most so many times another. */
export function atMost(text: string, figure: number, other: number, factor: number): Goal {
  const ratio = figure / other;
  return { text, reached: `${ratio.toFixed(2)} ×`, met: ratio <= factor };
}

/** A goal that a figure itself is at most so much; `show` says it in its unit. */
export function within(text: string, figure: number, most: number, show: (figure: number) => string): Goal {
  return { text, reached: show(figure), met: figure <= most };
}

export function milliseconds(value: number): string {
  return `${value.toFixed(1)} ms`;
}

export function seconds(value: number): string {
  return `${value.toFixed(2)} s`;
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

export function kilobytes(bytes: number): string {
  return `${(bytes / 1e3).toFixed(1)} kB`;
}
