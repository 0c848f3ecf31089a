/** Certificates have an hour to spare either way; beyond half of it the machine's clock is taken for wrong. Milliseconds. */
const MOST = 1_800_000;

export interface ServerTime {
  /** Takes the `Date` header of an answer that has just arrived. */
  note(date: string | undefined): void;
  /** Milliseconds since 1970 by the machine's clock, or by the API server's where the two are more than half an hour apart. */
  now(): number;
}

export interface Clocks {
  /** Milliseconds since 1970, as the machine has it. */
  readonly wall: () => number;
  /** Milliseconds since some moment; nobody sets it. */
  readonly elapsed: () => number;
}

/**
 * The time by which API servers judge certificates: theirs. A machine whose clock is far off would make certificates that they
 * refuse, and take those of others for expired. `onOff` is told by how many minutes ours is ahead, once until it is right again.
 */
export function serverTime(onOff: (minutes: number) => void, { wall, elapsed }: Clocks): ServerTime {
  let told: { readonly time: number; readonly at: number } | undefined;
  let off = false;

  const ahead = () => (told === undefined ? 0 : wall() - told.time - (elapsed() - told.at));
  const isOff = (by: number) => Math.abs(by) > MOST;

  return {
    note(date) {
      const time = Date.parse(date ?? '');
      if (Number.isNaN(time)) return;
      told = { time, at: elapsed() };
      const by = ahead();
      if (isOff(by) && !off) onOff(Math.round(by / 60_000));
      off = isOff(by);
    },
    now() {
      const by = ahead();
      return wall() - (isOff(by) ? by : 0);
    },
  };
}
