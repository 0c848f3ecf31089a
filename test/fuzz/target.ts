import type fc from 'fast-check';

/** One parser, or several that read the same kind of text, under hostile inputs. */
export interface Target<Input = unknown> {
  readonly name: string;
  /** What it runs, for the report. */
  readonly parses: string;
  /** Share of all inputs, in thousandths. */
  readonly share: number;
  /** Most inputs, where each is slow by its nature. */
  readonly most?: number;
  /** Milliseconds that one input may take where that is not the usual bound; says why in `parses`. */
  readonly bound?: number;
  readonly inputs: fc.Arbitrary<Input>;
  /** Throws when a law is broken; an expected refusal is a result. Time and memory are watched from outside. */
  readonly run: (input: Input) => void | Promise<void>;
}

/** Keeps the type of the inputs while a target is written, and forgets it in the list of all. */
export function target<Input>(one: Target<Input>): Target {
  return one as unknown as Target;
}
