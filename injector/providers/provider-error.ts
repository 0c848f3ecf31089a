import { AppError } from '../../src/common/errors.ts';

/**
 * What went wrong at a store:
 * `not-found` no such secret or version; `denied` identity known, reading not allowed; `login-refused` identity not accepted;
 * `throttled` asked to slow down; `unreachable` no answer; `unavailable` an answer that says try later (5xx, sealed);
 * `untrusted` certificate not accepted; `protocol` an answer that is none of the store's; `invalid` the request cannot be made.
 */
export type ProviderErrorCode =
  | 'not-found'
  | 'denied'
  | 'login-refused'
  | 'throttled'
  | 'unreachable'
  | 'unavailable'
  | 'untrusted'
  | 'protocol'
  | 'invalid';

export interface ProviderErrorDetails {
  /** HTTP status of the answer. */
  readonly status?: number | undefined;
  /** Milliseconds the store asked to wait. */
  readonly retryAfter?: number | undefined;
  /** A sentence that says what to do next. */
  readonly remedy: string;
  readonly cause?: unknown;
}

const MARK: unique symbol = Symbol.for('keyfirst.provider-error');
const CAN_HEAL: ReadonlySet<ProviderErrorCode> = new Set<ProviderErrorCode>(['throttled', 'unreachable', 'unavailable']);

/** A store's refusal or silence, in words for the pod's owner. Never holds a value. */
export class ProviderError extends AppError<ProviderErrorCode> {
  readonly [MARK] = true;
  readonly status: number | undefined;
  readonly retryAfter: number | undefined;
  readonly remedy: string;

  constructor(code: ProviderErrorCode, message: string, details: ProviderErrorDetails) {
    super(code, message, details.cause === undefined ? undefined : { cause: details.cause });
    this.status = details.status;
    this.retryAfter = details.retryAfter;
    this.remedy = details.remedy;
  }

  /** `instanceof` by a mark: every bundle chunk has its own copy of this class. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && MARK in value;
  }

  /** Whether another try may succeed without anyone changing something. */
  get canHeal(): boolean {
    return CAN_HEAL.has(this.code);
  }
}
