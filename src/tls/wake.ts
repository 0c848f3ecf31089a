/** A flag that a loop sleeps on: raised any number of times while it works, it wakes it once more. */
export interface Wake {
  raise(): void;
  /** Resolves, and lowers the flag, when it is raised; also when `signal` aborts. */
  raised(signal: AbortSignal): Promise<void>;
}

export function createWake(): Wake {
  let flag = Promise.withResolvers<void>();
  return {
    raise: () => flag.resolve(),
    async raised(signal) {
      const onAbort = () => flag.resolve();
      if (signal.aborted) return;
      signal.addEventListener('abort', onAbort, { once: true });
      await flag.promise;
      signal.removeEventListener('abort', onAbort);
      flag = Promise.withResolvers<void>();
    },
  };
}
