import { ProviderError } from '../provider-error.ts';

/** One version of one secret, as Google names it. */
export interface SecretName {
  readonly project: string;
  /** Set for a regional secret. */
  readonly location: string | undefined;
  readonly secret: string;
  /** A number, an alias or `latest`. */
  readonly version: string;
  /** `projects/…/versions/…`, safe to stand in a URL. */
  readonly resource: string;
}

// Only characters that Google allows: a name goes into a URL, a location even into a host name.
const PROJECT = '([a-z0-9][a-z0-9.:-]{0,99})';
const SECRET = '([A-Za-z0-9_-]{1,255})';
const VERSION = '([A-Za-z0-9_-]{1,63})';
const SHORT = new RegExp(`^${PROJECT}/${SECRET}(?:/${VERSION})?$`);
const FULL = new RegExp(`^projects/${PROJECT}(?:/locations/([a-z0-9-]{1,63}))?/secrets/${SECRET}(?:/versions/${VERSION})?$`);

/** `<project>/<secret>[/<version>]` or the full resource name, regional ones too; `version` may come as a parameter. */
export function parseName(path: string, parameters: ReadonlyMap<string, string>): SecretName {
  const { project, location, secret, version: inPath } = parts(path);
  const version = pickVersion(inPath, parameters);
  const place = location === undefined ? '' : `/locations/${location}`;
  return { project, location, secret, version, resource: `projects/${project}${place}/secrets/${secret}/versions/${version}` };
}

function parts(path: string) {
  const full = FULL.exec(path);
  if (full !== null) return { project: full[1] ?? '', location: full[2], secret: full[3] ?? '', version: full[4] };
  const short = path.startsWith('projects/') ? null : SHORT.exec(path);
  if (short !== null) return { project: short[1] ?? '', location: undefined, secret: short[2] ?? '', version: short[3] };
  throw new ProviderError('invalid', 'the path is no name of a secret', {
    remedy: 'Write `<project>/<secret>`, `<project>/<secret>/<version>`, or `projects/<project>[/locations/<location>]/secrets/<secret>`.',
  });
}

function pickVersion(inPath: string | undefined, parameters: ReadonlyMap<string, string>): string {
  for (const name of parameters.keys()) {
    if (name !== 'version') {
      throw new ProviderError('invalid', `Google Secret Manager takes no parameter \`${name}\``, {
        remedy: 'The only parameter is `version`.',
      });
    }
  }
  const parameter = parameters.get('version');
  if (parameter !== undefined && inPath !== undefined) {
    throw new ProviderError('invalid', 'the version stands in the path and in `version`', { remedy: 'Keep one of the two.' });
  }
  const version = parameter ?? inPath ?? 'latest';
  if (new RegExp(`^${VERSION}$`).test(version)) return version;
  throw new ProviderError('invalid', 'the parameter `version` is no version', { remedy: 'Write a number, an alias or `latest`.' });
}
