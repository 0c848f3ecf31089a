import type { InjectorConfig } from '../src/contract/injector-config.ts';
import { ENV_DIRECTORY, SECRETS_DIRECTORY } from '../src/contract/names.ts';
import type { Failure } from './failure.ts';
import type * as variablesPart from './render/variables/index.ts';
import type { Product } from './render-entry.ts';
import type { Counts } from './termination.ts';
import { groupByView, type Volume } from './write/write-views.ts';

/**
 * What goes where: files and lists of variables into the secrets' volume, variables for `fileKeyRef` into their own. The
 * products are those of the files, then those of the variables, in the order of the configuration.
 */
export function placeProducts(
  { secrets, variables: specs = [], copyWrapper }: InjectorConfig,
  products: readonly (Product | undefined)[],
  { root, wrapper }: { readonly root: string; readonly wrapper: () => Uint8Array },
  part: typeof variablesPart | undefined,
): { volumes: Volume[]; counts: Counts; failures: readonly Failure[] } {
  const files = secrets.map((spec, index) => ({ file: products[index]?.file, views: spec.views }));
  const ofVariables = specs.map((spec, index) => ({ spec, rendered: products[secrets.length + index]?.variables }));
  const placed = part?.placeVariables(ofVariables, copyWrapper === true ? wrapper : undefined);
  const volumes: Volume[] = [];
  const inSecrets = [...files, ...(placed?.lists ?? [])];
  const inEnv = (placed?.files ?? []).map((file) => ({ file, views: undefined }));
  // A pod that takes all by `fileKeyRef` may lack the volume for files.
  if (inSecrets.length > 0 || inEnv.length === 0) volumes.push({ directory: root + SECRETS_DIRECTORY, views: groupByView(inSecrets) });
  if (inEnv.length > 0) volumes.push({ directory: root + ENV_DIRECTORY, views: groupByView(inEnv) });
  const counts = {
    files: files.filter(({ file }) => file !== undefined).length,
    variables: ofVariables.reduce((sum, { rendered }) => sum + (rendered?.variables.length ?? 0), 0),
  };
  return { volumes, counts, failures: placed?.failures ?? [] };
}
