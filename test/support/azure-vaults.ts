import { type JsonWebKey, randomBytes } from 'node:crypto';
import type { EntraDouble, JsonAnswer } from './azure-entra.ts';

export type ObjectType = 'secret' | 'certificate' | 'key';

export interface VaultOptions {
  readonly tenantId: string;
  /** How the vault decides who may read. */
  readonly access?: 'rbac' | 'policy';
  /** What a client id may read; a client that is not named may nothing. */
  readonly readers: Readonly<Record<string, readonly ObjectType[]>>;
  /** Lets nobody in, as a firewall with no rule does. */
  readonly closed?: boolean;
}

export interface Attributes {
  readonly enabled?: boolean;
  /** Seconds since 1970. */
  readonly exp?: number;
  readonly nbf?: number;
}

interface Version {
  readonly version: string;
  readonly attributes: { enabled: boolean; created: number; updated: number; exp?: number; nbf?: number; recoveryLevel: string };
  readonly fields: Readonly<Record<string, unknown>>;
}
interface StoredObject {
  readonly versions: Version[];
  deleted: boolean;
}

const API_VERSIONS = /^(7\.[0-6]|2025-07-01)$/;
/** Characters of a secret that Key Vault takes. */
const LIMIT = 25 * 1024;
const PLURAL: Readonly<Record<string, ObjectType>> = { secrets: 'secret', certificates: 'certificate', keys: 'key' };
const OPERATION: Readonly<Record<ObjectType, string>> = { secret: 'getSecret/action', certificate: 'read', key: 'read' };

/** Key Vault's data plane: secrets, certificates and keys in versions, behind the 401 challenge. */
export class VaultsDouble {
  readonly #entra: EntraDouble;
  readonly #vaults: ReadonlyMap<string, VaultOptions>;
  readonly #objects = new Map<string, StoredObject>();

  constructor(entra: EntraDouble, vaults: Readonly<Record<string, VaultOptions>>) {
    this.#entra = entra;
    this.#vaults = new Map(Object.entries(vaults));
  }

  has(vault: string): boolean {
    return this.#vaults.has(vault);
  }

  /** Stores a new version without any check, also above Key Vault's size limit; its id. */
  put(
    vault: string,
    type: ObjectType,
    name: string,
    fields: Readonly<Record<string, unknown>>,
    attributes: Attributes = {},
    version = randomBytes(16).toString('hex'),
  ): string {
    const key = [vault, type, name].join('/').toLowerCase();
    const stored = this.#objects.get(key) ?? { versions: [], deleted: false };
    const now = Math.floor(Date.now() / 1000);
    stored.versions.push({
      version,
      fields,
      attributes: { enabled: true, created: now, updated: now, recoveryLevel: 'Recoverable+Purgeable', ...attributes },
    });
    this.#objects.set(key, stored);
    return version;
  }

  putSecret(vault: string, name: string, value: string, options: Attributes & { contentType?: string } = {}): string {
    const { contentType, ...attributes } = options;
    return this.put(vault, 'secret', name, { value, ...(contentType === undefined ? {} : { contentType }) }, attributes);
  }

  /** A certificate, its secret and its key of one version, as an import makes them. `content` is base64 of PKCS#12, or PEM. */
  putCertificate(vault: string, name: string, cer: Buffer, content: string, options: { pem?: boolean; exportable?: boolean } = {}): string {
    const contentType = options.pem === true ? 'application/x-pem-file' : 'application/x-pkcs12';
    const id = (type: string, version: string) => `https://${vault}.vault.azure.net/${type}/${name}/${version}`;
    const version = randomBytes(16).toString('hex');
    const { exportable = true } = options;
    this.put(vault, 'secret', name, { value: content, contentType, managed: true, kid: id('keys', version) }, {}, version);
    return this.put(
      vault,
      'certificate',
      name,
      {
        kid: id('keys', version),
        sid: id('secrets', version),
        cer: cer.toString('base64'),
        policy: {
          id: `https://${vault}.vault.azure.net/certificates/${name}/policy`,
          key_props: { exportable, kty: 'RSA', key_size: 2048, reuse_key: false },
          secret_props: { contentType },
          issuer: { name: 'Unknown' },
        },
      },
      {},
      version,
    );
  }

  putKey(vault: string, name: string, jwk: JsonWebKey & { key_ops?: string[] }): string {
    return this.put(vault, 'key', name, { key: { key_ops: ['sign', 'verify'], ...jwk } });
  }

  /** Soft delete, as the portal does it. */
  remove(vault: string, type: ObjectType, name: string): void {
    const stored = this.#objects.get([vault, type, name].join('/').toLowerCase());
    if (stored !== undefined) stored.deleted = true;
  }

  answer(
    origin: string,
    vault: string,
    request: { method: string; path: string; query: URLSearchParams; authorization: string | undefined; body: string },
  ): JsonAnswer {
    const options = this.#vaults.get(vault);
    if (options === undefined) return { status: 404, body: undefined };
    const caller = this.#caller(origin, options, request.authorization);
    if ('status' in caller) return caller;
    const apiVersion = request.query.get('api-version');
    if (apiVersion === null) return error(400, 'BadParameter', 'api-version must be specified');
    if (!API_VERSIONS.test(apiVersion))
      return error(
        400,
        'BadParameter',
        `The specified version (${apiVersion}) is not recognized. Consider using the latest supported version (2025-07-01).`,
      );
    const [, plural = '', name = '', version = ''] = /^\/([a-z]+)\/([^/]+)(?:\/([^/]*))?\/?$/.exec(request.path) ?? [];
    const type = PLURAL[plural];
    if (type === undefined) return error(404, 'NotFound', 'The requested resource was not found.');
    if (!/^[0-9a-zA-Z-]{1,127}$/.test(name)) return error(400, 'BadParameter', `The request URI contains an invalid name: ${name}`);
    const refusal = forbidden(vault, options, caller.appid, type, name);
    if (refusal !== undefined) return refusal;
    if (request.method === 'PUT' && type === 'secret' && version === '') return this.#set(vault, name, request.body);
    if (request.method === 'DELETE' && type === 'secret' && version === '') return this.#delete(vault, name);
    if (request.method !== 'GET') return error(405, 'MethodNotAllowed', `The method ${request.method} is not allowed.`);
    return this.#get(vault, type, name, version);
  }

  #caller(origin: string, { tenantId }: VaultOptions, authorization: string | undefined): JsonAnswer | { appid: string } {
    const resource = 'https://vault.azure.net';
    const unauthorized = (message: string): JsonAnswer => ({
      ...error(401, 'Unauthorized', message),
      headers: { 'www-authenticate': `Bearer authorization="${origin}/${tenantId}", resource="${resource}"` },
    });
    const token = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) return unauthorized('AKV10000: Request is missing a Bearer or PoP token.');
    const accepted = this.#entra.accept(token, tenantId, resource);
    return 'problem' in accepted ? unauthorized(accepted.problem) : { appid: String(accepted.claims.appid) };
  }

  #get(vault: string, type: ObjectType, name: string, version: string): JsonAnswer {
    const stored = this.#objects.get([vault, type, name].join('/').toLowerCase());
    const found =
      stored?.deleted === false
        ? version === ''
          ? stored.versions.at(-1)
          : stored.versions.find((one) => one.version === version.toLowerCase())
        : undefined;
    if (found === undefined) {
      const code = `${type[0]?.toUpperCase()}${type.slice(1)}NotFound`;
      return error(
        404,
        code,
        `A ${type} with (name/id) ${name}${version === '' ? '' : `/${version}`} was not found in this key vault. If you recently deleted this ${type} you may be able to recover it using the correct recovery command. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182`,
      );
    }
    if (type === 'secret' && !found.attributes.enabled)
      return error(403, 'Forbidden', 'Operation get is not allowed on a disabled secret.', 'SecretDisabled');
    return { status: 200, body: bundle(vault, type, name, found) };
  }

  #set(vault: string, name: string, body: string): JsonAnswer {
    const { value, contentType, attributes = {} } = JSON.parse(body) as { value?: string; contentType?: string; attributes?: Attributes };
    if (typeof value !== 'string') return error(400, 'BadParameter', 'The parameter value is required.');
    if (value.length > LIMIT) return error(400, 'BadParameter', `The parameter value has invalid length; it must be at most ${LIMIT}.`);
    if (this.#objects.get(`${vault}/secret/${name}`.toLowerCase())?.deleted === true) {
      return error(
        409,
        'Conflict',
        `Secret ${name} is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the secret can only be recovered or purged.`,
        'ObjectIsDeletedButRecoverable',
      );
    }
    this.putSecret(vault, name, value, { ...attributes, ...(contentType === undefined ? {} : { contentType }) });
    return this.#get(vault, 'secret', name, '');
  }

  #delete(vault: string, name: string): JsonAnswer {
    const answer = this.#get(vault, 'secret', name, '');
    this.remove(vault, 'secret', name);
    return answer;
  }
}

function bundle(vault: string, type: ObjectType, name: string, { version, attributes, fields }: Version): object {
  const id = `https://${vault}.vault.azure.net/${type}s/${name}/${version}`;
  return type === 'key' ? { key: { kid: id, ...(fields.key as object) }, attributes } : { ...fields, id, attributes };
}

function forbidden(
  vault: string,
  { access = 'rbac', readers, closed, tenantId }: VaultOptions,
  appid: string,
  type: ObjectType,
  name: string,
): JsonAnswer | undefined {
  const caller = `appid=${appid};oid=00000000-0000-0000-0000-00000000000f;iss=https://sts.windows.net/${tenantId}/`;
  if (closed === true) {
    return error(
      403,
      'Forbidden',
      `Client address is not authorized and caller is not a trusted service.\r\nClient address: 127.0.0.1\r\nCaller: ${caller}\r\nVault: ${vault};location=westeurope`,
      'ForbiddenByFirewall',
    );
  }
  if (readers[appid]?.includes(type) === true) return undefined;
  if (access === 'policy') {
    return error(
      403,
      'Forbidden',
      `The user, group or application '${caller}' does not have ${type}s get permission on key vault '${vault};location=westeurope'. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125287`,
      'AccessDenied',
    );
  }
  return error(
    403,
    'Forbidden',
    `Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role definitions were changed recently, please observe propagation time.\r\nCaller: ${caller}\r\nAction: 'Microsoft.KeyVault/vaults/${type}s/${OPERATION[type]}'\r\nResource: '/subscriptions/s/resourcegroups/g/providers/microsoft.keyvault/vaults/${vault}/${type}s/${name}'\r\nAssignment: (not found)\r\nDenyAssignmentId: null\r\nDecisionReason: null\r\nVault: ${vault};location=westeurope\r\n`,
    'ForbiddenByRbac',
  );
}

function error(status: number, code: string, message: string, inner?: string): JsonAnswer {
  return { status, body: { error: { code, message, ...(inner === undefined ? {} : { innererror: { code: inner } }) } } };
}
