import type { JsonValue } from '../value.ts';

/** Whom a call goes to, in words for messages. */
export interface Peer {
  /** For example `Google Secret Manager at https://secretmanager.googleapis.com`. */
  readonly place: string;
  /** Who speaks in its error messages, for example `Google`. */
  readonly speaker: string;
  /** A sentence for when it cannot be reached: which setting names its address, which network rule may be in the way. */
  readonly reachable: string;
  /** Its own message in a body that reports an error; undefined when there is none. */
  readonly message: (json: JsonValue | undefined) => string | undefined;
}

const LONGEST_WORDS = 300;

/** The peer's message on one line, shortened, ready to append; empty when there is none. */
export function wordsOf(json: JsonValue | undefined, { speaker, message }: Peer): string {
  // A foreign text goes on one line, without control characters.
  const line = (message(json) ?? '').replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
  if (line === '') return '';
  return `; ${speaker} says: ${line.length > LONGEST_WORDS ? `${line.slice(0, LONGEST_WORDS)}…` : line}`;
}
