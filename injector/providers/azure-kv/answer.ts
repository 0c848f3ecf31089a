import { ProviderError } from '../provider-error.ts';
import { retryAfter } from '../retry-after.ts';
import type { Peer } from './network-error.ts';
import type { Answer } from './transport.ts';

const LONGEST_WORDS = 300;

/** Throws for an answer that may heal by itself (throttled, 5xx, broken off) or is none of Azure's; every other status is left to the caller. */
export function checkAnswer({ status, headers, json }: Answer, { place, setting }: Peer, now: number): void {
  const heals = status === 429 ? 'throttled' : status >= 500 || status === 408 ? 'unavailable' : undefined;
  if (heals !== undefined) {
    const words = wordsOf(json);
    throw new ProviderError(heals, heals === 'throttled' ? `${place} asks to slow down${words}` : `${place} asks to try later${words}`, {
      status,
      retryAfter: retryAfter(headers.get('retry-after'), now),
      remedy:
        heals === 'throttled'
          ? 'Let fewer pods start at a time, or spread their secrets over several vaults; raise `keyfirst.dev/deadline`.'
          : 'Look at the health of the service in the Azure portal; it may also be a proxy in front of it.',
    });
  }
  const type = headers.get('content-type')?.split(';')[0];
  // A refusal for want of a token may have no body; its header says what is needed.
  if (status === 401) return;
  if (status < 200 || (status >= 300 && status < 400) || (type !== undefined && !type.includes('json'))) {
    throw new ProviderError('protocol', `the answer of ${place} is not one of Azure's (content type ${type?.slice(0, 60) ?? 'none'})`, {
      status,
      remedy: `Check the setting \`${setting}\` and look for a proxy or login page in between.`,
    });
  }
  if (json === undefined) {
    throw new ProviderError('unavailable', `the answer of ${place} breaks off or is not valid JSON`, {
      status,
      remedy: 'Look for a proxy between the pod and Azure that cuts answers.',
    });
  }
}

/** A status of a vault whose meaning depends on what was asked: 400, 401, 403, 404 and the like. */
export class VaultRefusal extends Error {
  readonly status: number;
  readonly body: unknown;

  constructor(status: number, body: unknown) {
    super(`HTTP ${status}`);
    this.status = status;
    this.body = body;
  }
}

/** An error answer of Key Vault or Entra ID, parsed. */
export interface AzureError {
  readonly code: string;
  readonly inner: string;
  readonly message: string;
}

/** Key Vault's `{error: {code, message, innererror: {code}}}` or Entra's `{error, error_description}`; empty texts where it is neither. */
export function azureError(json: unknown): AzureError {
  const error = field(json, 'error');
  if (typeof error === 'string') return { code: error, inner: '', message: text(field(json, 'error_description')) };
  return {
    code: text(field(error, 'code')),
    inner: text(field(field(error, 'innererror'), 'code')),
    message: text(field(error, 'message')),
  };
}

/** The service's first sentences on one line, shortened, ready to append; empty when it gave none. */
export function wordsOf(json: unknown): string {
  const line = azureError(json)
    .message.replaceAll(/[\s\p{Cc}]+/gu, ' ')
    // What follows is of no use to the reader.
    .replace(/ ?(Trace ID:|For help resolving|See https:|https:\/\/learn\.|If role assignments, deny).*$/, '')
    .trim();
  return line === '' ? '' : `; Azure says: ${line.length > LONGEST_WORDS ? `${line.slice(0, LONGEST_WORDS)}…` : line}`;
}

export function field(json: unknown, name: string): unknown {
  if (typeof json !== 'object' || json === null) return undefined;
  return Object.entries(json).find(([key]) => key === name)?.[1];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
