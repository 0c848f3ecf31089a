import { search } from '@aws-lambda-powertools/jmespath';
import { rawNumber } from '../../providers/exact-json.ts';
import type { JsonObject, JsonValue } from '../../providers/value.ts';
import { ExactNumber, toPlain } from '../exact-number.ts';
import { bad, quoted, type Result } from '../result.ts';

/**
 * The result of a JMESPath expression. Numbers keep their digits; those that no double holds can be selected, but count as
 * no number in comparisons and functions. The library's own messages may quote values, hence are never passed on.
 */
export function evaluate(expression: string, document: JsonValue): Result<JsonValue> {
  try {
    const result: unknown = search(expression, searchable(document));
    const parts = { left: MOST_PARTS };
    const value = toJson(result, parts);
    if (parts.left < 0) return bad(`the JMESPath expression ${quoted(expression)} gives more than ${MOST_PARTS} parts`, 'Select less.');
    return { ok: true, value };
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (/Lexer|Parse|EmptyExpression|UnknownFunction|Arity/.test(name)) {
      return bad(
        `${quoted(expression)} is neither a key of the secret nor a JMESPath expression`,
        'Correct the text after `#`; a key with special characters inside an expression is written in double quotes.',
      );
    }
    return bad(
      `the JMESPath expression ${quoted(expression)} does not fit the secret (${name || 'error'})`,
      'Check each function of it against the kind of value it gets.',
    );
  }
}

/** Of a result; `[@,@] | [@,@] | …` doubles it with each step. */
const MOST_PARTS = 100_000;

type Searchable = Parameters<typeof search>[1];

/** The library's type knows no `ExactNumber`; it hands it through like any other value. */
function searchable(document: JsonValue): Searchable {
  const plain: unknown = toPlain(document);
  return isSearchable(plain) ? plain : null;
}

function isSearchable(value: unknown): value is Searchable {
  return value !== undefined;
}

/** What the library gives back; anything that is no JSON (a function of a prototype, NaN) is null. */
function toJson(value: unknown, parts: { left: number }): JsonValue {
  parts.left -= 1;
  if (parts.left < 0) return null;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? rawNumber(String(value)) : null;
  if (value instanceof ExactNumber) return value.toJSON();
  if (Array.isArray(value)) return value.map((item) => toJson(item, parts));
  if (typeof value !== 'object' || value === null) return null;
  const entries = Object.entries(value).map(([name, member]): [string, JsonValue] => [name, toJson(member, parts)]);
  const object: JsonObject = Object.fromEntries(entries);
  return object;
}
