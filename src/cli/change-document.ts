import { isDeepStrictEqual } from 'node:util';
import jsonPatch from 'fast-json-patch';
import { parseDocument } from 'yaml';
import type { Patch } from '../patch/json-patch.ts';
import { applyEdits, type Edit } from './edit.ts';
import { placeAdditions } from './place-additions.ts';
import { contentOf, type Manifest, READING } from './read-manifests.ts';
import { rewriteDocument } from './rewrite-document.ts';
import { indentsSequences } from './yaml-layout.ts';

/** `rewritten`: anchors and aliases had to be written out. */
export type Change = { ok: true; edits: readonly Edit[]; rewritten: boolean } | { ok: false };

/**
 * The edits that add a patch to one document of a text: insertions where possible, else the whole document anew. Either is
 * read back and must give exactly the patched content.
 */
export function changeDocument({ document, content }: Manifest, text: string, patch: Patch): Change {
  const [start, , end] = document.range;
  const before = text.slice(start, end);
  const wanted: unknown = jsonPatch.applyPatch(structuredClone(content), structuredClone(patch)).newDocument;

  const edits = placeAdditions(document, text, patch);
  if (edits !== undefined && isDeepStrictEqual(readBack(applyEdits(before, edits, start)), wanted)) {
    return { ok: true, edits, rewritten: false };
  }
  const after = attempt(() => rewriteDocument(before, patch, indentsSequences(document)));
  if (after === undefined || !isDeepStrictEqual(readBack(after), wanted)) return { ok: false };
  return { ok: true, edits: [{ at: start, remove: end - start, text: after }], rewritten: true };
}

function readBack(text: string): unknown {
  return attempt(() => contentOf(parseDocument(text, READING)));
}

/** The library throws on YAML that it reads but cannot write or resolve. */
function attempt<Result>(action: () => Result): Result | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
