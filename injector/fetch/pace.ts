import { ProviderError } from '../providers/provider-error.ts';

/** Milliseconds within which the next request is put at random after the first throttling, and the most that becomes. */
const FIRST_WINDOW = 8_000;
const LONGEST_WINDOW = 16_000;
/** What a success leaves of the window. */
const RECOVERY = 0.7;

/**
 * How fast one store may be asked. A throttled store mostly has hundreds of pods before it that started together, and none of
 * them sees the others; so from the first throttling on, requests go one after the other, each at a random moment of a window
 * that doubles with every throttling and shrinks with every success. The figures keep 500 pods at a store that takes 100
 * requests a second below 1.5 times the requests needed; shorter windows turn the crowd's retries into most of the load.
 */
export class Pace {
  #window = 0;
  #reason: ProviderError | undefined;
  #line: Promise<unknown> = Promise.resolve();

  /** Milliseconds; 0 as long as nothing was throttled. */
  get window(): number {
    return this.#window;
  }

  /** The last throttling, for a request that never got its turn. */
  get reason(): ProviderError | undefined {
    return this.#reason;
  }

  /** Runs a request and learns from its end: at once, or after a throttling when all who came before have ended. */
  async inTurn<T>(request: () => Promise<T>): Promise<T> {
    if (this.#reason === undefined) return this.#observe(request);
    const mine = this.#line.then(() => this.#observe(request));
    this.#line = mine.catch(() => undefined);
    return mine;
  }

  async #observe<T>(request: () => Promise<T>): Promise<T> {
    try {
      const result = await request();
      this.#window *= RECOVERY;
      return result;
    } catch (error) {
      if (error instanceof ProviderError && error.code === 'throttled' && error !== this.#reason) {
        this.#reason = error;
        this.#window = Math.min(LONGEST_WINDOW, Math.max(FIRST_WINDOW, this.#window * 2));
      }
      throw error;
    }
  }
}
