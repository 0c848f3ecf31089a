import type { Colors } from 'picocolors/types.js';

/** Something that took time, in milliseconds since the epoch. */
export interface Span {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly note: string;
}

const WIDTH = 32;

/** Spans as bars on one scale, in the order given. */
export function timelineLines(spans: readonly Span[], colors: Colors): string[] {
  const zero = Math.min(...spans.map(({ from }) => from));
  const total = Math.max(1, ...spans.map(({ to }) => to - zero));
  const names = Math.max(...spans.map(({ name }) => name.length));
  return spans.map(({ name, from, to, note }) => {
    const start = Math.min(WIDTH - 1, Math.floor(((from - zero) / total) * WIDTH));
    const length = Math.max(1, Math.round(((to - from) / total) * WIDTH));
    const bar = `${' '.repeat(start)}${'━'.repeat(Math.min(length, WIDTH - start))}`.padEnd(WIDTH);
    const times = `${String(from - zero).padStart(5)} → ${String(to - zero).padStart(5)} ms`;
    return `${name.padEnd(names)}  ${colors.cyan(bar)} ${times}  ${colors.dim(note)}`.trimEnd();
  });
}
