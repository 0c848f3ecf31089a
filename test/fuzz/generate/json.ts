import fc from 'fast-check';
import { anyText } from './text.ts';

/** JSON of every shape, with names that reach for prototypes; `leaf` adds values of the target's own. */
export function anyJson(leaf: fc.Arbitrary<unknown> = anyText): fc.Arbitrary<unknown> {
  return fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4, withCrossShrink: false },
      leaf,
      fc.constantFrom<unknown>(null, true, false, 0, -1, 1.5, 1e308, Number.MAX_SAFE_INTEGER, '', {}, []),
      fc.integer(),
      fc.array(tie('value'), { maxLength: 4 }),
      mapOf(anyText, tie('value'), 4),
    ),
  })).value;
}

/** A map whose keys may be `__proto__`, as `JSON.parse` makes it. */
export function mapOf<Value>(keys: fc.Arbitrary<string>, values: fc.Arbitrary<Value>, most: number): fc.Arbitrary<Record<string, Value>> {
  return fc.array(fc.tuple(keys, values), { maxLength: most }).map((entries) => Object.fromEntries(entries));
}

/** A valid value with a few places of its tree replaced, removed, doubled or renamed. */
export function misshapen<Value>(valid: fc.Arbitrary<Value>, pieces: fc.Arbitrary<unknown> = anyJson()): fc.Arbitrary<unknown> {
  const edit = fc.record({ way: fc.array(fc.nat(9), { maxLength: 6 }), kind: fc.nat(4), name: anyText, piece: pieces });
  return fc.tuple(valid, fc.array(edit, { minLength: 1, maxLength: 3 })).map(([value, edits]) => {
    let copy: unknown = JSON.parse(JSON.stringify(value));
    for (const one of edits) copy = change(copy, one.way, one);
    return copy;
  });
}

interface Edit {
  readonly kind: number;
  readonly name: string;
  readonly piece: unknown;
}

function change(value: unknown, way: readonly number[], edit: Edit): unknown {
  if (typeof value !== 'object' || value === null) return edit.piece;
  const entries: [string, unknown][] = Object.entries(value);
  const [step, ...rest] = way;
  if (step === undefined || entries.length === 0) return edit.piece;
  const place = step % entries.length;
  const [key = '', inner] = entries[place] ?? [];
  if (rest.length > 0) entries[place] = [key, change(inner, rest, edit)];
  else if (edit.kind === 0) entries.splice(place, 1);
  else if (edit.kind === 1) entries[place] = [key, edit.piece];
  else if (edit.kind === 2) entries[place] = [edit.name, inner];
  else if (edit.kind === 3) entries.push([edit.name, edit.piece]);
  else entries.push([Array.isArray(value) ? '' : `${key}2`, inner]);
  return Array.isArray(value) ? entries.map(([, item]) => item) : Object.fromEntries(entries);
}

/** Nested text that no recursive reader survives: deep, or wide. */
export const nested: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom(['[', ']'], ['{"a":', '}'], ['[{"a":', '}]']),
    fc.integer({ min: 1, max: 20_000 }),
    fc.constantFrom('1', 'null', '"x"', ''),
  )
  .map(([[open, close], depth, core]) => (open ?? '').repeat(depth) + core + (close ?? '').repeat(depth));
