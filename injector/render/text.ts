import { parseExactJson } from '../providers/exact-json.ts';
import type { JsonValue, SecretValue } from '../providers/value.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Text, or bytes that are valid UTF-8; undefined for anything else. */
export function textOf(secret: SecretValue): string | undefined {
  if (secret.kind === 'text') return secret.text;
  if (secret.kind !== 'bytes') return undefined;
  try {
    return utf8.decode(secret.bytes);
  } catch {
    return undefined;
  }
}

/** A map or list, also from text that is a JSON object or array; undefined when there is none. */
export function containerOf(secret: SecretValue): JsonValue | undefined {
  if (secret.kind === 'map') return secret.map;
  if (secret.kind === 'list') return secret.list;
  const text = textOf(secret);
  // The first character decides, so that a long text is not parsed in vain.
  return text !== undefined && /^[ \t\r\n]*[[{]/.test(text) ? parsed(text) : undefined;
}

/** JSON of any kind; undefined when the text is none. */
export function parsed(text: string): JsonValue | undefined {
  try {
    return parseExactJson(text);
  } catch {
    return undefined;
  }
}
