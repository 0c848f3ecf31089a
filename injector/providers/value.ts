/** JSON whose numbers keep the digits of their source: `JSON.rawJSON` objects, never doubles. */
export type JsonValue = string | boolean | null | RawNumber | JsonObject | readonly JsonValue[];
export interface JsonObject {
  readonly [key: string]: JsonValue;
}
/** What `JSON.rawJSON` makes; `JSON.stringify` writes its digits as they are. */
export interface RawNumber {
  readonly rawJSON: string;
}

/** What a read gives. Text and bytes are written as they are; maps and lists need a format. */
export type SecretValue =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'map'; readonly map: JsonObject }
  | { readonly kind: 'list'; readonly list: readonly JsonValue[] };

/** A JSON value as a secret: a string is its text, a number or boolean the text of its JSON. */
export function toValue(json: Exclude<JsonValue, null>): SecretValue {
  if (typeof json === 'string') return { kind: 'text', text: json };
  if (isList(json)) return { kind: 'list', list: json };
  const map = asMap(json);
  return map === undefined ? { kind: 'text', text: JSON.stringify(json) } : { kind: 'map', map };
}

/** The value as a map; undefined when it is none. */
export function asMap(json: JsonValue | undefined): JsonObject | undefined {
  if (typeof json !== 'object' || json === null || isList(json) || isNumber(json)) return undefined;
  return json;
}

function isList(json: JsonValue): json is readonly JsonValue[] {
  return Array.isArray(json);
}

function isNumber(json: JsonObject | RawNumber): json is RawNumber {
  return JSON.isRawJSON(json);
}
