import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../../injector/clock.ts';

/** Time that jumps to the next timer whenever nothing else is left to do. */
export class VirtualClock implements Clock {
  #now = 0;
  #timers: { at: number; fire: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
      this.at(milliseconds, resolve);
    });
  }

  timeout(milliseconds: number): AbortSignal {
    const controller = new AbortController();
    this.at(milliseconds, () => controller.abort());
    return controller.signal;
  }

  /** Calls back in so many milliseconds. */
  at(milliseconds: number, fire: () => void): void {
    this.#timers.push({ at: this.#now + milliseconds, fire });
  }

  /** Lets time run until the promise has ended. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let done = false;
    const end = () => {
      done = true;
    };
    promise.then(end, end);
    for (;;) {
      await setImmediate();
      if (done) return promise;
      this.#timers.sort((a, b) => a.at - b.at);
      const next = this.#timers.shift();
      if (next === undefined) throw new Error('nothing left to wait for');
      this.#now = Math.max(this.#now, next.at);
      next.fire();
    }
  }
}
