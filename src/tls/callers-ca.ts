import type { X509Certificate } from 'node:crypto';
import { AppError } from '../common/errors.ts';
import { checkCallersCa } from './check-callers-ca.ts';
import { type Clock, systemClock } from './clock.ts';
import { readText } from './file-text.ts';
import type { SourceLog } from './source-log.ts';

export interface CallersCaOptions {
  readonly file: string;
  readonly log: SourceLog;
  readonly clock?: Clock;
}

/** The CA certificates by which callers are judged. */
export interface CallersCa {
  /** Resolves with the first ones; later ones go to `onChange`. Rejects with `AppError<'callers-ca'>` that lists every problem. */
  start(onChange: (authorities: readonly X509Certificate[]) => void): Promise<readonly X509Certificate[]>;
  stop(): Promise<void>;
}

/** As often as certificate files. */
const POLL = 10_000;

/** CA certificates from a file, read again every 10 s. One that is not in order changes nothing: nobody is let in by a mistake. */
export function callersCa({ file, log, clock = systemClock }: CallersCaOptions): CallersCa {
  const stopping = new AbortController();
  let work: Promise<unknown> = Promise.resolve();

  const check = async () => checkCallersCa(await readText(file), new Date(clock.now()));

  async function poll(first: readonly X509Certificate[], onChange: (authorities: readonly X509Certificate[]) => void): Promise<void> {
    let current = textOf(first);
    let told = '';
    while (!stopping.signal.aborted) {
      await clock.sleep(POLL, stopping.signal);
      const result = await check();
      if (stopping.signal.aborted) return;
      const problems = result.ok ? [] : result.problems;
      const text = problems.join('; ');
      if (text !== told && text !== '') log.warn({ problems }, 'CA file of callers not in order; the CA in use stays');
      told = text;
      if (!result.ok || textOf(result.authorities) === current) continue;
      current = textOf(result.authorities);
      onChange(result.authorities);
      log.info({ authorities: result.authorities.length }, 'CA of callers renewed');
    }
  }

  return {
    async start(onChange) {
      const result = await check();
      if (!result.ok) {
        const list = result.problems.map((problem) => `- ${problem}`).join('\n');
        throw new AppError('callers-ca', `the CA file of callers (KEYFIRST_CALLERS_CA) is not in order:\n${list}`);
      }
      work = poll(result.authorities, onChange);
      return result.authorities;
    },
    async stop() {
      stopping.abort();
      await work;
    },
  };
}

function textOf(authorities: readonly X509Certificate[]): string {
  return authorities.join('');
}
