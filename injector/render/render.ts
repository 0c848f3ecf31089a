import type { SecretSpec } from '../../src/contract/secret-spec.ts';
import { EMPTY, type Lookup, type Problems, selectSources } from './select-sources.ts';
import { toBytes } from './to-bytes.ts';

/** A file as it will be written. */
export interface RenderedFile {
  /** Below the volume or the view, `/` between parts. */
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Permission bits. */
  readonly mode: number;
}

export type Rendered = { ok: true; file: RenderedFile | undefined } | Problems;

/**
 * The file of one entry from the secrets it names: property, template, format. No file is an optional entry that misses one
 * of its sources.
 *
 * | | required | optional |
 * |---|---|---|
 * | secret or property absent | fails | the whole entry is left out |
 * | empty text, or nothing to write | fails | written |
 * | any other problem | fails | fails |
 */
export async function render(spec: SecretSpec, lookup: Lookup): Promise<Rendered> {
  const selected = await selectSources(spec, lookup);
  if (!selected.ok) return selected;
  if (selected.selection === undefined) return { ok: true, file: undefined };
  const bytes = await toBytes(spec, selected.selection);
  if (!bytes.ok) return { ok: false, problems: [bytes] };
  if (bytes.value.length === 0 && spec.optional !== true) return { ok: false, problems: [EMPTY] };
  return { ok: true, file: { path: spec.file, bytes: bytes.value, mode: spec.mode } };
}
