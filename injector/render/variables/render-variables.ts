import type { VariableSpec } from '../../../src/contract/secret-spec.ts';
import type { RenderedFile } from '../render.ts';
import { quoted } from '../result.ts';
import type { EntryProblem, Lookup, Problems } from '../select-sources.ts';
import { fileKeyRefFile } from './file-key-ref.ts';
import type { Variable } from './variable.ts';
import { variableValues } from './variable-values.ts';
import { listEntry } from './wrapper-list.ts';

/** The variables of one entry, ready for the ways in which containers take them. */
export interface RenderedVariables {
  readonly variables: readonly Variable[];
  /** Names of those that are left out: optional, and not there. */
  readonly missing: readonly string[];
  /** For `fileKeyRef`; also of those that are left out. */
  readonly files: readonly RenderedFile[];
  /** For the wrapper. */
  readonly entries: readonly { readonly name: string; readonly bytes: Uint8Array }[];
}

/** The variables of one entry from the secrets it names. Where containers take them in several ways, a value must fit each. */
export async function renderVariables(spec: VariableSpec, lookup: Lookup): Promise<{ ok: true; variables: RenderedVariables } | Problems> {
  const rendered = await variableValues(spec, lookup);
  if (!rendered.ok) return rendered;
  const problems = new Map<string, EntryProblem>();
  const files: RenderedFile[] = [];
  const entries: { name: string; bytes: Uint8Array }[] = [];
  for (const { name, value } of rendered.values) {
    const refuse = ({ what, remedy }: EntryProblem) => problems.set(name + what, { what: `variable ${quoted(name)}: ${what}`, remedy });
    if (spec.suffix !== undefined) {
      const file = fileKeyRefFile(name, value, { suffix: spec.suffix, emptyAllowed: spec.optional === true });
      if (file.ok) files.push(file.value);
      else refuse(file);
    }
    if (spec.lists !== undefined && value !== undefined) {
      const entry = listEntry({ name, value });
      if (entry.ok) entries.push({ name, bytes: entry.value });
      else refuse(entry);
    }
  }
  if (problems.size > 0) return { ok: false, problems: [...problems.values()] };
  const variables = rendered.values.flatMap(({ name, value }) => (value === undefined ? [] : [{ name, value }]));
  const missing = rendered.values.flatMap(({ name, value }) => (value === undefined ? [name] : []));
  return { ok: true, variables: { variables, missing, files, entries } };
}
