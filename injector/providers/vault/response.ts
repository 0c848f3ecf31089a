import { ProviderError } from '../provider-error.ts';
import { retryAfter } from '../retry-after.ts';
import { asMap, type JsonObject, type JsonValue } from '../value.ts';

/** An HTTP answer as it came. */
export interface Answer {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly retryAfter: string | undefined;
  readonly location: string | undefined;
  readonly empty: boolean;
  /** Undefined when the body is no JSON. */
  readonly json: JsonValue | undefined;
}

/** A status whose meaning depends on what was asked: 400, 403, 404 and the like. */
export class VaultRefusal extends Error {
  readonly status: number;
  /** Vault's first sentence, shortened, ready to append; empty when it gave none that says more than the status. */
  readonly words: string;
  readonly body: JsonObject;

  constructor(status: number, words: string, body: JsonObject) {
    super(`HTTP ${status}`);
    this.status = status;
    this.words = words;
    this.body = body;
  }
}

const LONGEST_WORDS = 300;
const REMEDIES = {
  throttled: 'Start fewer pods at the same time, or raise the rate limit quota in Vault.',
  unavailable: 'Look at the health of Vault and at its log; it may also be a proxy in front of it.',
} as const;

/** The body of a good answer. Throws `ProviderError` for what is no answer of Vault or may heal, `VaultRefusal` for the rest. */
export function checkAnswer(answer: Answer, place: string): JsonValue {
  const { status } = answer;
  const heals = healing(status);
  if (heals !== undefined) {
    const words = wordsOf(answer.json);
    const sealed = status === 503 && words.includes('sealed');
    throw new ProviderError(heals, sealed ? `${place} is sealed` : `${place} asks to try later${words}`, {
      status,
      retryAfter: retryAfter(answer.retryAfter, Date.now()),
      remedy: sealed ? 'Unseal Vault.' : REMEDIES[heals],
    });
  }
  if (status === 204 || (status === 200 && answer.empty)) return {};
  const isJson = answer.contentType === undefined || answer.contentType.includes('json');
  if (!isJson || (answer.json === undefined && status !== 200)) {
    throw new ProviderError('protocol', `the answer of ${place} is not one of Vault's (content type ${typeOnly(answer.contentType)})`, {
      status,
      remedy: 'Check the setting `address`: scheme, host and port of Vault itself, not of a user interface or login page.',
    });
  }
  if (answer.json === undefined) {
    throw new ProviderError('unavailable', `the answer of ${place} breaks off or is not valid JSON`, {
      status,
      remedy: 'Look for a proxy between the pod and Vault that cuts answers.',
    });
  }
  if (status !== 200) throw new VaultRefusal(status, wordsOf(answer.json), asMap(answer.json) ?? {});
  return answer.json;
}

function healing(status: number): 'throttled' | 'unavailable' | undefined {
  if (status === 429) return 'throttled';
  // 412: a standby that has not caught up with our login yet.
  return status >= 500 || status === 408 || status === 412 ? 'unavailable' : undefined;
}

function wordsOf(json: JsonValue | undefined): string {
  const errors = asMap(json)?.errors;
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  if (typeof first !== 'string' || first.trim() === '') return '';
  // A foreign text goes on one line, without control characters.
  const line = first
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .replace(/^\d+ errors? occurred: \* /, '')
    .trim();
  if (line === 'permission denied') return '';
  return `; Vault says: ${line.length > LONGEST_WORDS ? `${line.slice(0, LONGEST_WORDS)}…` : line}`;
}

function typeOnly(contentType: string | undefined): string {
  return contentType?.split(';')[0]?.slice(0, 60) ?? 'none';
}
