import { rawNumber } from '../providers/exact-json.ts';
import { asMap, type JsonValue, type RawNumber } from '../providers/value.ts';

/**
 * A number that a double cannot hold digit by digit (`1.0`, `12345678901234567890`), for libraries that compute: its text
 * and its JSON are the digits, its number value the nearest double.
 */
export class ExactNumber {
  readonly #digits: string;

  constructor(digits: string) {
    this.#digits = digits;
  }

  toString(): string {
    return this.#digits;
  }

  valueOf(): number {
    return Number(this.#digits);
  }

  toJSON(): RawNumber {
    return rawNumber(this.#digits);
  }

  /** No plain object: nobody looks for keys in it. */
  get [Symbol.toStringTag](): string {
    return 'ExactNumber';
  }
}

/** JSON as libraries compute with: maps without a prototype. */
export type PlainValue = string | number | boolean | null | ExactNumber | PlainObject | readonly PlainValue[];
export interface PlainObject {
  [key: string]: PlainValue;
}

/** Doubles where they print the same digits, `ExactNumber` elsewhere; maps lose their prototype, so that no name reaches it. */
export function toPlain(json: JsonValue): PlainValue {
  if (typeof json !== 'object' || json === null) return json;
  if (Array.isArray(json)) return json.map(toPlain);
  const map = asMap(json);
  if (map !== undefined) return plainObject(Object.entries(map).map(([name, value]) => [name, toPlain(value)]));
  const digits = JSON.stringify(json);
  const double = Number(digits);
  return String(double) === digits ? double : new ExactNumber(digits);
}

export function plainObject(entries: Iterable<readonly [string, PlainValue]>): PlainObject {
  const object: PlainObject = Object.create(null);
  for (const [name, value] of entries) object[name] = value;
  return object;
}
