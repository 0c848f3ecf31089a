import type { Watch } from '@kubernetes/client-node';
import { type Call, toKubeError } from './kube-error.ts';

/** Shorter than the 30 s of silence after which the library gives a watch up, so that a quiet one ends cleanly. */
const WATCH_SECONDS = 25;

export interface WatchHandlers {
  /** One change; what it throws ends the watch. Errors that the server sends do not come here. */
  readonly onEvent: (type: string, object: unknown) => void;
  /** The server has accepted the watch. */
  readonly onOpen?: () => void;
}

/**
 * One watch request, of 25 s at most. Resolves when the server ends it or `signal` aborts, rejects with a `KubeError`; its code
 * is `cluster-expired` when the server no longer has the history asked for.
 */
export async function runWatch(
  watcher: Watch,
  { path, query, call }: { path: string; query: Readonly<Record<string, string | boolean>>; call: Call },
  { onEvent, onOpen }: WatchHandlers,
  signal: AbortSignal,
): Promise<void> {
  const end = Promise.withResolvers<void>();
  let over = signal.aborted;
  const finish = () => {
    over = true;
    end.resolve();
  };
  const fail = (error: unknown) => {
    over = true;
    end.reject(toKubeError(error, call));
  };
  if (over) return;
  signal.addEventListener('abort', finish, { once: true });

  // The library swallows what this throws.
  const onLine = (type: string, object: unknown) => {
    if (over) return;
    try {
      if (type === 'ERROR') fail(object);
      else onEvent(type, object);
    } catch (error) {
      fail(error);
    }
  };
  const connection = watcher.watch(path, { ...query, timeoutSeconds: WATCH_SECONDS }, onLine, (error) => (error ? fail(error) : finish()));
  // The library resolves this also for a watch that was refused, which has then failed already.
  connection.then(() => over || onOpen?.()).catch(fail);
  try {
    await end.promise;
  } finally {
    signal.removeEventListener('abort', finish);
    connection.then(
      (open) => open.abort(),
      () => undefined,
    );
  }
}
