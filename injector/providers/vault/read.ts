import { Redacted } from '../../../src/common/redacted.ts';
import type { SecretRead } from '../provider.ts';
import { ProviderError } from '../provider-error.ts';
import { asMap, type JsonObject, type JsonValue } from '../value.ts';
import type { TokenLife } from './auth.ts';
import type { Mount } from './mounts.ts';
import { encodePath } from './path.ts';
import type { VaultRefusal } from './response.ts';

/** One GET, planned: the API path for messages and as sent. */
export interface ReadPlan {
  readonly apiPath: string;
  readonly url: string;
  readonly version: string | undefined;
  readonly mount: Mount;
}

/** Where to read a secret: on KV version 2 `data/` goes after the mount unless it is there already. */
export function planRead(path: string, parameters: ReadonlyMap<string, string>, mount: Mount): ReadPlan {
  const version = checkParameters(parameters, mount);
  const apiPath = mount.kind === 'kv2' ? kv2Path(path, mount.path) : path;
  return { apiPath, url: encodePath(apiPath) + (version === undefined ? '' : `?version=${version}`), version, mount };
}

function checkParameters(parameters: ReadonlyMap<string, string>, mount: Mount): string | undefined {
  for (const name of parameters.keys()) {
    if (name !== 'version') {
      throw new ProviderError('invalid', `Vault takes no parameter \`${name}\``, { remedy: 'The only parameter is `version`.' });
    }
  }
  const version = parameters.get('version');
  if (version === undefined) return undefined;
  if (!/^[1-9]\d{0,17}$/.test(version)) {
    throw new ProviderError('invalid', 'the parameter `version` is no whole number from 1', { remedy: 'Write it like `?version=3`.' });
  }
  if (mount.kind === 'other') {
    throw new ProviderError('invalid', `\`version\` is given, but ${mount.path} is no KV engine of version 2`, {
      remedy: 'Remove `?version=` from the reference.',
    });
  }
  return version;
}

function kv2Path(path: string, mount: string): string {
  const rest = path.slice(mount.length);
  const secret = rest.startsWith('data/') ? rest.slice('data/'.length) : rest;
  if (secret === '' || secret === 'data') {
    throw new ProviderError('invalid', 'the path names only the mount', { remedy: `Name a secret below \`${mount}\`.` });
  }
  return `${mount}data/${secret}`;
}

/** The secret in a good answer. */
export function parseRead(body: JsonObject, plan: ReadPlan, tokenLife: TokenLife, place: string): SecretRead {
  const { mount, apiPath } = plan;
  const data = asMap(body.data);
  if (data === undefined) {
    throw new ProviderError('protocol', `the answer of ${place} to ${apiPath} holds no data`, {
      remedy: 'Name a path that `vault read` can read.',
    });
  }
  const metadata = asMap(data.metadata);
  const version = metadata?.version;
  // With an unknown mount the two envelopes are told apart by the path and by what only version 2 has.
  const enveloped =
    mount.kind === 'kv2' || (mount.kind === 'unknown' && apiPath.includes('/data/') && version !== undefined && 'data' in data);
  if (enveloped) {
    const secret = asMap(data.data);
    if (secret === undefined) throw goneVersion(metadata, 200) ?? absent(plan, '', 200);
    return { value: new Redacted({ kind: 'map', map: secret }), version: version === undefined ? undefined : JSON.stringify(version) };
  }
  return { value: new Redacted({ kind: 'map', map: data }), expiresIn: leaseLife(body, tokenLife) };
}

/** What a refusal of a read means. */
export function readRefused({ status, words, body }: VaultRefusal, plan: ReadPlan, role: string): ProviderError {
  const { apiPath, mount } = plan;
  if (status === 404) return goneVersion(asMap(asMap(body.data)?.metadata), status) ?? absent(plan, words, status);
  if (status === 403) {
    return new ProviderError('denied', `reading ${apiPath} is not allowed${words}`, {
      status,
      remedy: `Give role \`${role}\` a policy with \`path "${apiPath}" { capabilities = ["read"] }\`.${dataHint(mount)}`,
    });
  }
  return new ProviderError('invalid', `${apiPath} cannot be read${words}`, {
    status,
    remedy: 'Name a path that `vault read` can read.',
  });
}

function goneVersion(metadata: JsonObject | undefined, status: number): ProviderError | undefined {
  if (metadata === undefined) return undefined;
  const version = JSON.stringify(metadata.version ?? null);
  if (metadata.destroyed === true) {
    return new ProviderError('not-found', `version ${version} was destroyed`, {
      status,
      remedy: 'Write the secret again, or name another `?version=`.',
    });
  }
  const deleted = metadata.deletion_time;
  if (typeof deleted !== 'string' || deleted === '') return undefined;
  return new ProviderError('not-found', `version ${version} was deleted at ${deleted.slice(0, 40)}`, {
    status,
    remedy: 'Undelete it with `vault kv undelete`, write the secret again, or name another `?version=`.',
  });
}

function absent({ apiPath, version, mount }: ReadPlan, words: string, status: number): ProviderError {
  const command = mount.kind === 'kv2' ? `vault kv get ${apiPath.replace(`${mount.path}data/`, mount.path)}` : `vault read ${apiPath}`;
  return new ProviderError('not-found', `no ${version === undefined ? 'secret' : `version ${version} of a secret`} at ${apiPath}${words}`, {
    status,
    remedy: `Check the path: \`${command}\` must show it.${dataHint(mount)}`,
  });
}

function dataHint(mount: Mount): string {
  return mount.kind === 'unknown'
    ? ' Vault does not tell this role what is mounted there; on a KV engine of version 2 write `<mount>/data/<path>`.'
    : '';
}

/** Seconds a leased value lives: the lease ends with the login token. */
function leaseLife(body: JsonObject, tokenLife: TokenLife): number | undefined {
  const id = body.lease_id;
  const seconds = wholeNumber(body.lease_duration);
  if (typeof id !== 'string' || id === '' || seconds === undefined) return undefined;
  return tokenLife === undefined ? seconds : Math.min(seconds, tokenLife);
}

function wholeNumber(json: JsonValue | undefined): number | undefined {
  const value = json === undefined ? Number.NaN : Number(JSON.stringify(json));
  return Number.isFinite(value) ? value : undefined;
}
