import { isUtf8 } from 'node:buffer';
import { Redacted } from '../../../src/common/redacted.ts';
import type { SecretRead } from '../provider.ts';
import { ProviderError } from '../provider-error.ts';
import { asMap, type JsonValue } from '../value.ts';
import { crc32c } from './crc32c.ts';

/**
 * The secret in a good answer of `:access`: text where the bytes are UTF-8, else bytes; both are written byte for byte.
 * The version is the number that Google resolved, also for `latest` and aliases.
 */
export function parsePayload(json: JsonValue, place: string): SecretRead {
  const answer = asMap(json);
  const payload = asMap(answer?.payload);
  // Google leaves empty fields out.
  const data = payload?.data ?? '';
  if (payload === undefined || typeof data !== 'string') {
    throw new ProviderError('protocol', `the answer of ${place} holds no payload`, {
      remedy: 'Check the setting `endpoint`: the base URL of Secret Manager itself.',
    });
  }
  const bytes = Buffer.from(data, 'base64');
  if (bytes.toString('base64') !== data || !matches(bytes, payload.dataCrc32c)) {
    throw new ProviderError('unavailable', `the payload that ${place} sent does not match its checksum`, {
      remedy: 'Look for a proxy on the way that changes answers.',
    });
  }
  const version = typeof answer?.name === 'string' ? /\/versions\/([\w-]{1,63})$/.exec(answer.name)?.[1] : undefined;
  return { value: new Redacted(isUtf8(bytes) ? { kind: 'text', text: bytes.toString('utf8') } : { kind: 'bytes', bytes }), version };
}

/** Google writes the checksum as text, since it is an int64; absent for secrets from before it kept one. */
function matches(bytes: Uint8Array, sum: JsonValue | undefined): boolean {
  return sum === undefined || sum === null || String(crc32c(bytes)) === (typeof sum === 'string' ? sum : JSON.stringify(sum));
}
