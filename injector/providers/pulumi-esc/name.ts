import { ProviderError } from '../provider-error.ts';

/** One environment, as Pulumi names it. */
export interface EnvironmentName {
  readonly organization: string;
  readonly project: string;
  readonly environment: string;
  /** A revision's number or a tag; undefined is the tag `latest`. */
  readonly version: string | undefined;
  /** `<org>/<project>/<environment>[@<version>]`. */
  readonly text: string;
}

// What Pulumi allows in names: no character that means something in a URL.
const PART = '([A-Za-z0-9_.-]{1,100})';
const PATH = new RegExp(`^${PART}/${PART}/${PART}(?:@${PART})?$`);

/** `<org>/<project>/<environment>[@<version>]`; `version` may come as a parameter. */
export function parseName(path: string, parameters: ReadonlyMap<string, string>): EnvironmentName {
  const match = PATH.exec(path);
  if (match === null || match.slice(1).some((part) => part === '.' || part === '..')) {
    throw new ProviderError('invalid', 'the path is no name of an environment', {
      remedy: 'Write `<organization>/<project>/<environment>`, with `@<version>` behind it for a revision or tag.',
    });
  }
  const [, organization = '', project = '', environment = '', inPath] = match;
  const version = pickVersion(inPath, parameters);
  const text = `${organization}/${project}/${environment}${version === undefined ? '' : `@${version}`}`;
  return { organization, project, environment, version, text };
}

function pickVersion(inPath: string | undefined, parameters: ReadonlyMap<string, string>): string | undefined {
  for (const name of parameters.keys()) {
    if (name !== 'version') {
      throw new ProviderError('invalid', `Pulumi ESC takes no parameter \`${name}\``, { remedy: 'The only parameter is `version`.' });
    }
  }
  const parameter = parameters.get('version');
  if (parameter !== undefined && inPath !== undefined) {
    throw new ProviderError('invalid', 'the version stands in the path and in `version`', { remedy: 'Keep one of the two.' });
  }
  const version = parameter ?? inPath;
  if (version === undefined || (new RegExp(`^${PART}$`).test(version) && !/^\.\.?$/.test(version))) return version;
  throw new ProviderError('invalid', 'the parameter `version` is no version', { remedy: 'Write the number of a revision, or a tag.' });
}
