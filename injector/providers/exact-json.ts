import type { JsonValue, RawNumber } from './value.ts';

declare global {
  // Node 24 has these; TypeScript's library does not declare them yet.
  interface JSON {
    parse(text: string, reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown): JsonValue;
    rawJSON(text: string): RawNumber;
    isRawJSON(value: unknown): value is RawNumber;
  }
}

/** Far deeper than any secret; what is made of a value is made by recursion, and the stack ends at some thousands. */
const DEEPEST = 500;

/**
 * Parses JSON; every number keeps the digits of its source. Throws a SyntaxError, also for what is nested too deep; its
 * message may quote the text: never print it.
 */
export function parseExactJson(text: string): JsonValue {
  if (text.length > DEEPEST && isTooDeep(text)) throw new SyntaxError('nested too deep');
  return JSON.parse(text, (_key: string, value: unknown, context: { readonly source?: string }) =>
    typeof value === 'number' && context.source !== undefined ? JSON.rawJSON(context.source) : value,
  );
}

function isTooDeep(text: string): boolean {
  let depth = 0;
  let inText = false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (inText) {
      if (code === BACKSLASH) index += 1;
      else if (code === QUOTE) inText = false;
    } else if (code === QUOTE) inText = true;
    // `[` and `]` differ from `{` and `}` by one bit.
    else if ((code | 0x20) === OPENING) {
      depth += 1;
      if (depth > DEEPEST) return true;
    } else if ((code | 0x20) === CLOSING) depth -= 1;
  }
  return false;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING = 0x7b;
const CLOSING = 0x7d;

/** A number by the digits of its JSON text. */
export function rawNumber(digits: string): RawNumber {
  return JSON.rawJSON(digits);
}
