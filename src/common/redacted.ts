import { inspect } from 'node:util';

const MASK = '[redacted]';

/** A secret value on its way from the store to the file. `reveal()` is the only way to it; printing shows a mask. */
export class Redacted<Value> {
  readonly #value: Value;

  constructor(value: Value) {
    this.#value = value;
  }

  reveal(): Value {
    return this.#value;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [inspect.custom](): string {
    return MASK;
  }
}
