import { join } from 'node:path';

/** Where `record-dashboard` leaves what Prometheus answered, for `draw-dashboard`. */
export const RECORDING = join(import.meta.dirname, '../../dist/dashboard.json');

/** The answers of all panels, by the panel's id and the query's letter. */
export interface Recording {
  /** Seconds since 1970. */
  readonly from: number;
  readonly to: number;
  readonly answers: Readonly<Record<string, readonly Series[]>>;
}

export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** Seconds since 1970, and the value. */
  readonly points: readonly (readonly [number, number])[];
}
