/** Times that an input over the bound is tried again: a busy machine may be to blame, so the least time counts. */
const AGAIN = 6;

/** Milliseconds of this thread's processor that one run takes at least; runs it several times. */
export async function leastTime(run: () => void | Promise<void>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < AGAIN; round++) {
    const before = process.threadCpuUsage();
    const started = performance.now();
    await run();
    const wall = performance.now() - started;
    const { user, system } = process.threadCpuUsage(before);
    // Some kernels count processor time in ticks of several milliseconds; what the clock says is never less than the truth.
    least = Math.min(least, wall, Math.max((user + system) / 1000, wall < 10 ? wall : 0));
  }
  return least;
}
