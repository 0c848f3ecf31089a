import type { JsonValue, RawNumber } from './value.ts';

declare global {
  // Node 24 has these; TypeScript's library does not declare them yet.
  interface JSON {
    parse(text: string, reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown): JsonValue;
    rawJSON(text: string): RawNumber;
    isRawJSON(value: unknown): value is RawNumber;
  }
}

/** Parses JSON; every number keeps the digits of its source. Throws a SyntaxError, whose message may quote the text: never print it. */
export function parseExactJson(text: string): JsonValue {
  return JSON.parse(text, (_key: string, value: unknown, context: { readonly source?: string }) =>
    typeof value === 'number' && context.source !== undefined ? JSON.rawJSON(context.source) : value,
  );
}

/** A number by the digits of its JSON text. */
export function rawNumber(digits: string): RawNumber {
  return JSON.rawJSON(digits);
}
