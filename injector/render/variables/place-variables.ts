import { WRAPPER_NAME } from '../../../src/contract/names.ts';
import type { VariableSpec } from '../../../src/contract/secret-spec.ts';
import type { Failure } from '../../failure.ts';
import { referencesOf } from '../references.ts';
import type { RenderedFile } from '../render.ts';
import { quoted } from '../result.ts';
import { CHECK_FILE } from './file-key-ref.ts';
import type { RenderedVariables } from './render-variables.ts';
import { listFiles } from './wrapper-list.ts';

/** Files that variables need, by volume. */
export interface PlacedVariables {
  readonly failures: readonly Failure[];
  /** For the variables' volume; none when nobody takes any from there. */
  readonly files: readonly RenderedFile[];
  /** For the secrets' volume, each in its view. */
  readonly lists: readonly { readonly file: RenderedFile; readonly views: readonly string[] }[];
}

type Placed = { readonly spec: VariableSpec; readonly rendered: RenderedVariables | undefined };

/**
 * Joins the variables of all entries. A list is written though all its variables are left out, since the containers' commands
 * name it. `wrapper` reads the wrapper's program; absent, the containers have it from elsewhere.
 */
export function placeVariables(entries: readonly Placed[], wrapper: (() => Uint8Array) | undefined): PlacedVariables {
  const files = entries.flatMap(({ rendered }) => rendered?.files ?? []);
  const folders = [...new Set(entries.flatMap(({ spec }) => spec.lists ?? []))];
  const failures = new Map<string, Failure>();
  const program = folders.length > 0 && wrapper !== undefined ? load(wrapper) : { ok: true as const, bytes: undefined };
  if (!program.ok) failures.set('', program.failure);
  const lists = folders.flatMap((folder) => {
    const there = entries.filter(({ spec }) => spec.lists?.includes(folder));
    for (const failure of repeated(there)) failures.set(failure.key + failure.what, failure);
    const bytes = there.flatMap(({ rendered }) => (rendered?.entries ?? []).map((entry) => entry.bytes));
    const made = listFiles(bytes, there[0]?.spec.mode ?? 0, program.ok ? program.bytes : undefined);
    return made.map((file) => ({ file, views: [folder] }));
  });
  return {
    failures: [...failures.values()],
    files: files.length === 0 ? [] : [CHECK_FILE, ...files],
    lists,
  };
}

/** Names that occur twice in one list. Only now known where one entry takes every key of a map. */
function repeated(entries: readonly Placed[]): Failure[] {
  const owners = new Map<string, VariableSpec>();
  return entries.flatMap(({ spec, rendered }) =>
    (rendered?.entries ?? []).flatMap(({ name }): Failure[] => {
      const owner = owners.get(name);
      if (owner === undefined) {
        owners.set(name, spec);
        return [];
      }
      return [
        {
          code: 'value',
          key: spec.key,
          reference: referencesOf(spec)
            .map(({ text }) => text)
            .join(', '),
          what: `variable ${quoted(name)}: ${owner.key} sets it already`,
          remedy: 'Give the entry with `env: "*"` a `prefix`, or remove one of the two.',
        },
      ];
    }),
  );
}

function load(wrapper: () => Uint8Array): { ok: true; bytes: Uint8Array } | { ok: false; failure: Failure } {
  try {
    return { ok: true, bytes: wrapper() };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    return {
      ok: false,
      failure: {
        code: 'bug',
        key: '',
        reference: '',
        what: `the program \`${WRAPPER_NAME}\`, which starts commands with their variables, cannot be read beside the injector${code}`,
        remedy:
          'Use an injector image that holds it (`npm run build` makes it), or the annotation `keyfirst.dev/env-delivery: file-key-ref`.',
      },
    };
  }
}
