/** One comparison: what was measured side by side, in one run, and what it had to reach. */
export interface Row {
  /** What it is about, a heading. */
  readonly title: string;
  /** How it was measured, for a reader who wants to repeat or doubt it. */
  readonly method: string;
  readonly head: readonly string[];
  readonly lines: readonly (readonly string[])[];
  readonly goals: readonly Goal[];
}

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

export function milliseconds(value: number): string {
  return `${value.toFixed(1)} ms`;
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
