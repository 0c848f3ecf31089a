import type { Format } from '../../src/contract/secret-spec.ts';
import { parseExactJson } from '../providers/exact-json.ts';
import type { SecretValue } from '../providers/value.ts';
import type { Result } from './property.ts';

/** The bytes of a file. Nothing is added: no newline, no byte order mark. */
export function formatValue(secret: SecretValue, format: Format | undefined, file: string): Result<Uint8Array> {
  const chosen = format ?? formatByDefault(secret, file);
  switch (chosen) {
    case 'raw':
      return raw(secret);
    case 'json':
      return json(secret);
    case undefined:
      return bad(
        'the secret is a map, and the file name does not say in which form to write it',
        'Name one property after `#`, let the file name end in `.json`, or set `format: json`.',
      );
    default:
      return chosen satisfies never;
  }
}

function formatByDefault(secret: SecretValue, file: string): Format | undefined {
  if (secret.kind === 'text' || secret.kind === 'bytes') return 'raw';
  return file.toLowerCase().endsWith('.json') ? 'json' : undefined;
}

function raw(secret: SecretValue): Result<Uint8Array> {
  if (secret.kind === 'bytes') return { ok: true, value: secret.bytes };
  if (secret.kind !== 'text') return bad('`format: raw` cannot write a map', 'Name one property after `#`, or set `format: json`.');
  // Half a surrogate pair has no UTF-8 form; Node would write other bytes in its place without a word.
  if (!secret.text.isWellFormed()) return bad('the text is not valid Unicode', 'Store it again, or as base64.');
  return { ok: true, value: Buffer.from(secret.text, 'utf8') };
}

function json(secret: SecretValue): Result<Uint8Array> {
  switch (secret.kind) {
    case 'map':
      return { ok: true, value: Buffer.from(JSON.stringify(secret.map)) };
    case 'list':
      return { ok: true, value: Buffer.from(JSON.stringify(secret.list)) };
    case 'bytes':
      return bad('`format: json` cannot write bytes', 'Leave `format` out.');
    case 'text':
      try {
        return { ok: true, value: Buffer.from(JSON.stringify(parseExactJson(secret.text))) };
      } catch {
        return bad('`format: json` was asked for, but the secret is text that is not valid JSON', 'Leave `format` out, or store JSON.');
      }
    default:
      return secret satisfies never;
  }
}

function bad(what: string, remedy: string): Result<never> {
  return { ok: false, absent: false, what, remedy };
}
