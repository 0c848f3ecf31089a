import { ProviderError, type ProviderErrorCode } from '../provider-error.ts';
import { retryAfter } from '../retry-after.ts';
import type { JsonValue } from '../value.ts';
import { type Peer, wordsOf } from './peer.ts';

/** An HTTP answer as it came. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Undefined when the body is no JSON. */
  readonly json: JsonValue | undefined;
}

/** A status of 400 to 499 with a JSON body; what it means depends on what was asked. */
export class HttpRefusal extends Error {
  readonly status: number;
  /** The peer's message, ready to append; may be empty. */
  readonly words: string;
  readonly json: JsonValue;

  constructor(status: number, words: string, json: JsonValue) {
    super(`HTTP ${status}`);
    this.status = status;
    this.words = words;
    this.json = json;
  }
}

/** The body of a good answer. Throws `ProviderError` for what may heal or is no answer of the peer, `HttpRefusal` for the rest. */
export function goodAnswer({ status, headers, json }: Answer, peer: Peer, now: number): JsonValue {
  const heals = healing(status);
  if (heals !== undefined) {
    throw new ProviderError(heals, `${peer.place} asks to try later${wordsOf(json, peer)}`, {
      status,
      retryAfter: retryAfter(text(headers['retry-after']), now),
      remedy:
        heals === 'throttled'
          ? 'Start fewer pods at the same time, or ask for a higher quota.'
          : `Look at the status page of ${peer.speaker}; it may also be a proxy on the way.`,
    });
  }
  const type = text(headers['content-type']);
  const good = status >= 200 && status < 300;
  if (json !== undefined && (type === undefined || type.includes('json'))) {
    if (good) return json;
    if (status >= 400) throw new HttpRefusal(status, wordsOf(json, peer), json);
  }
  if (good && type?.includes('json') === true) {
    throw new ProviderError('unavailable', `the answer of ${peer.place} breaks off or is not valid JSON`, {
      status,
      remedy: `Look for a proxy between the pod and ${peer.speaker} that cuts answers.`,
    });
  }
  throw new ProviderError(
    'protocol',
    `the answer of ${peer.place} is not one of its own (content type ${type?.split(';')[0]?.slice(0, 60) ?? 'none'})`,
    { status, remedy: peer.reachable },
  );
}

function healing(status: number): ProviderErrorCode | undefined {
  if (status === 429) return 'throttled';
  return status >= 500 || status === 408 ? 'unavailable' : undefined;
}

function text(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
