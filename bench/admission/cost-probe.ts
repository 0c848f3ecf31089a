/** Loaded into a measured process before its program: tells what it has cost when its parent asks, `gc` first where memory is asked for. */
process.on('message', (asked) => {
  if (asked === 'memory') {
    // Twice: what the first run's finalisers let go, the second collects.
    globalThis.gc?.();
    globalThis.gc?.();
  }
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  process.send?.({ rss, heapUsed, processor: (user + system) / 1000 });
});
// The channel must not keep the program alive.
process.channel?.unref();
