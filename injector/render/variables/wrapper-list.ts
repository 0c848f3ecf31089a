import { VARIABLES_FILE, WRAPPER_FILE } from '../../../src/contract/names.ts';
import type { RenderedFile } from '../render.ts';
import { bad, good, type Result } from '../result.ts';
import { kernelProblem, type Variable } from './variable.ts';

/** What the wrapper reads of one variable, `NAME=VALUE` and a NUL; any other byte may stand in a value. Refuses what no environment holds. */
export function listEntry(variable: Variable): Result<Uint8Array> {
  const problem = kernelProblem(variable);
  if (problem !== undefined) return bad(problem.what, problem.remedy);
  return good(Buffer.concat([Buffer.from(`${variable.name}=`), variable.value, Buffer.of(0)]));
}

/** The files of a list for the wrapper, and the wrapper itself where the containers have it from nowhere else. */
export function listFiles(entries: readonly Uint8Array[], mode: number, wrapper: Uint8Array | undefined): RenderedFile[] {
  const list: RenderedFile = { path: VARIABLES_FILE, bytes: Buffer.concat(entries), mode };
  return wrapper === undefined ? [list] : [list, { path: WRAPPER_FILE, bytes: wrapper, mode: executable(mode) }];
}

/** Whoever may read may execute. */
function executable(mode: number): number {
  return mode | ((mode & 0o444) >> 2);
}
