import { ProviderError } from '../provider-error.ts';

export const TYPES = ['secret', 'certificate', 'key'] as const;
export type ObjectType = (typeof TYPES)[number];

/** One object of a vault. */
export interface Target {
  readonly vault: string;
  readonly type: ObjectType;
  readonly name: string;
  /** 32 hex digits; absent means the current one. */
  readonly version: string | undefined;
  /** The same for every spelling of the object: Key Vault ignores case. */
  readonly id: string;
  /** For messages: `secret shop-vault/api-key`, with the version where one is named. */
  readonly text: string;
}

/** Reads `<vault>/<name>[/<version>]` with `type` and `version`; throws `invalid` for anything else. */
export function parseTarget(path: string, parameters: ReadonlyMap<string, string>): Target {
  const unknown = [...parameters.keys()].find((name) => name !== 'type' && name !== 'version');
  if (unknown !== undefined) {
    throw invalid(`Key Vault takes no parameter \`${unknown}\``, 'The parameters are `type` and `version`.');
  }
  const [vault = '', name = '', inPath, ...rest] = path.split('/');
  if (rest.length > 0 || name === '' || inPath === '') {
    throw invalid(
      'the path is not that of an object in Key Vault',
      'Write it as `<vault-name>/<name>` or `<vault-name>/<name>/<version>`.',
    );
  }
  if (!/^[a-z](?!.*--)[a-z0-9-]{1,22}[a-z0-9]$/i.test(vault)) {
    throw invalid(
      'the vault name is not 3 to 24 letters, digits and single `-`',
      'Write the name of the vault alone, without `.vault.azure.net`.',
    );
  }
  if (!/^[a-z0-9-]{1,127}$/i.test(name)) {
    throw invalid('the name is not 1 to 127 letters, digits and `-`', 'Write the name as the vault lists it.');
  }
  const type = TYPES.find((known) => known === (parameters.get('type') ?? 'secret'));
  if (type === undefined) throw invalid(`the parameter \`type\` is not one of ${TYPES.join(', ')}`, 'Leave it out to read a secret.');
  const inParameter = parameters.get('version');
  if (inPath !== undefined && inParameter !== undefined) {
    throw invalid('the version stands in the path and in `version`', 'Keep one of the two.');
  }
  const version = inPath ?? inParameter;
  if (version !== undefined && !/^[0-9a-f]{32}$/i.test(version)) {
    throw invalid('the version is not 32 hex digits', `List the versions with \`az keyvault ${type} list-versions\`.`);
  }
  const id = [vault, type, name, version ?? ''].join('/').toLowerCase();
  return { vault, type, name, version, id, text: `${type} ${vault}/${name}${version === undefined ? '' : `/${version}`}` };
}

function invalid(what: string, remedy: string): ProviderError {
  return new ProviderError('invalid', what, { remedy });
}
