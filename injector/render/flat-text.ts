import type { JsonValue } from '../providers/value.ts';

/** A value where only text goes: text as it is, null empty, numbers and booleans their JSON, maps and lists JSON on one line. */
export function flatText(json: JsonValue): string {
  if (typeof json === 'string') return json;
  return json === null ? '' : JSON.stringify(json);
}
