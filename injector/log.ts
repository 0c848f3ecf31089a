import { writeSync } from 'node:fs';
import type { Scrubber } from '../src/common/scrubber.ts';

/** Names, counts and durations; never a value. */
export type LogFields = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** One JSON object a line: level, time, constant message, fields. */
export interface Log {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** pino costs 9 ms of start-up, this none. Texts are scrubbed before they are encoded, so that a line is always valid JSON. */
export function createLog(scrubber: Scrubber, write: (line: string) => void, now: () => number): Log {
  const line =
    (level: string) =>
    (msg: string, fields: LogFields = {}) => {
      const entry = { level, time: new Date(now()).toISOString(), msg, ...fields };
      const text = JSON.stringify(entry);
      // Scrubbing has a price for each registered value, so text by text only when the line as a whole shows one.
      const clean = scrubber.scrub(text) === text;
      write(
        `${clean ? text : JSON.stringify(entry, (_key, value: unknown) => (typeof value === 'string' ? scrubber.scrub(value) : value))}\n`,
      );
    };
  return { info: line('info'), warn: line('warn'), error: line('error') };
}

/** Writes to standard output at once, without loading Node's stream machinery; a line that nobody takes is dropped. */
export function writeStdout(line: string): void {
  let rest: Uint8Array = Buffer.from(line);
  for (let tries = 0; rest.length > 0 && tries < 1000; tries++) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) return;
    }
  }
}
