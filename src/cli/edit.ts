/** A change of a text: at an offset, some characters go and others come. */
export interface Edit {
  readonly at: number;
  readonly remove: number;
  readonly text: string;
}

/** Applies edits that do not overlap; those at one offset keep their order. `from`: offset of the text's first character. */
export function applyEdits(text: string, edits: readonly Edit[], from = 0): string {
  let result = '';
  let done = from;
  for (const { at, remove, text: added } of edits.toSorted((a, b) => a.at - b.at)) {
    result += text.slice(done - from, at - from) + added;
    done = at + remove;
  }
  return result + text.slice(done - from);
}
