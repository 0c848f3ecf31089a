/** Tells the first event at once, and then at most once in `every` milliseconds how many there were and the last of them. */
export function seldom<Event>(every: number, tell: (count: number, last: Event) => void): (event: Event) => void {
  let untold: { readonly count: number; readonly last: Event } | undefined;
  let quiet: NodeJS.Timeout | undefined;
  const write = () => {
    quiet = undefined;
    if (untold === undefined) return;
    const { count, last } = untold;
    untold = undefined;
    tell(count, last);
    quiet = setTimeout(write, every).unref();
  };
  return (last) => {
    untold = { count: (untold?.count ?? 0) + 1, last };
    if (quiet === undefined) write();
  };
}
