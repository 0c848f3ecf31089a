import { randomUUID } from 'node:crypto';
import { type Claims, createSigner, type Jwks, unverifiedClaims, verifyJwt } from './azure-jwt.ts';

/** One federated credential: a token of exactly this issuer, subject and audience may log in. */
export interface FederatedCredential {
  readonly issuer: string;
  readonly subject: string;
  readonly audience: string;
}
export interface Application {
  readonly tenantId: string;
  readonly clientId: string;
  readonly federated: readonly FederatedCredential[];
}
export interface EntraOptions {
  readonly applications: readonly Application[];
  /** The signing keys of an issuer; throws when they cannot be had. */
  readonly keysOf: (issuer: string) => Promise<Jwks>;
  /** Seconds that access tokens live. */
  readonly tokenLife?: number;
}
export interface JsonAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const RESOURCES = ['https://vault.azure.net', 'https://vault.usgovcloudapi.net', 'https://vault.azure.cn'];
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** Entra ID's part: discovery, and the token endpoint with client assertions that it verifies as Entra ID does. */
export class EntraDouble {
  readonly #options: EntraOptions;
  readonly #signer = createSigner('entra');

  constructor(options: EntraOptions) {
    this.#options = options;
  }

  /** Undefined when the path is none of Entra ID's. */
  async answer(origin: string, method: string, path: string, body: string): Promise<JsonAnswer | undefined> {
    if (path.startsWith('/common/discovery/instance')) return { status: 200, body: this.#instance(origin) };
    const [, tenant = '', rest] =
      /^\/([^/]+)\/(oauth2\/v2\.0\/token|v2\.0\/\.well-known\/openid-configuration|discovery\/v2\.0\/keys)/.exec(path) ?? [];
    if (rest === undefined) return undefined;
    if (!this.#options.applications.some(({ tenantId }) => tenantId === tenant)) {
      return refusal(
        400,
        'invalid_request',
        90002,
        `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.`,
      );
    }
    if (rest.startsWith('v2.0')) return { status: 200, body: this.#discovery(origin, tenant) };
    if (rest.startsWith('discovery')) return { status: 200, body: this.#signer.jwks };
    return method === 'POST' ? this.#token(tenant, new URLSearchParams(body)) : { status: 405, body: {} };
  }

  /** The claims of an access token of ours that has not ended, or why not, in Key Vault's words. */
  accept(token: string, tenantId: string, resource: string): { claims: Claims } | { problem: string } {
    const verified = verifyJwt(token, this.#signer.jwks);
    if (!verified.ok)
      return {
        problem: verified.reason === 'form' ? 'AKV10000: Request is missing a Bearer or PoP token.' : 'AKV10015: Invalid token signature.',
      };
    const { iss, aud, exp } = verified.claims;
    if (Number(exp) * 1000 < Date.now()) return { problem: 'AKV10060: The token has expired.' };
    if (aud !== resource) return { problem: `AKV10022: Invalid audience. Expected ${resource}, found: ${String(aud)}.` };
    const issuer = `https://sts.windows.net/${tenantId}/`;
    return iss === issuer
      ? { claims: verified.claims }
      : { problem: `AKV10032: Invalid issuer. Expected one of ${issuer}, found ${String(iss)}.` };
  }

  async #token(tenant: string, form: URLSearchParams): Promise<JsonAnswer> {
    const { applications, keysOf, tokenLife = 3600 } = this.#options;
    if (form.get('grant_type') !== 'client_credentials')
      return refusal(400, 'unsupported_grant_type', 70003, 'The app requested an unsupported grant type.');
    const clientId = form.get('client_id') ?? '';
    const application = applications.find((one) => one.tenantId === tenant && one.clientId === clientId);
    if (application === undefined) {
      return refusal(
        400,
        'unauthorized_client',
        700016,
        `Application with identifier '${clientId}' was not found in the directory 'Test'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.`,
      );
    }
    const resource = /^(https:\/\/.+)\/\.default$/.exec(form.get('scope')?.split(' ')[0] ?? '')?.[1];
    if (resource === undefined) return refusal(400, 'invalid_scope', 70011, "The provided request must include a 'scope' input parameter.");
    if (!RESOURCES.includes(resource))
      return refusal(400, 'invalid_resource', 500011, `The resource principal named ${resource} was not found in the tenant named Test.`);
    const assertion = form.get('client_assertion') ?? '';
    if (form.get('client_assertion_type') !== ASSERTION_TYPE || assertion === '') {
      return refusal(
        401,
        'invalid_client',
        7000218,
        "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
      );
    }
    const problem = await this.#assertionProblem(assertion, application, keysOf);
    if (problem !== undefined) return problem;
    const now = Math.floor(Date.now() / 1000);
    const token = this.#signer.sign({
      aud: resource,
      iss: `https://sts.windows.net/${tenant}/`,
      iat: now,
      nbf: now,
      exp: now + tokenLife,
      appid: clientId,
      appidacr: '2',
      idtyp: 'app',
      oid: randomUUID(),
      tid: tenant,
      ver: '1.0',
    });
    return { status: 200, body: { token_type: 'Bearer', expires_in: tokenLife, ext_expires_in: tokenLife, access_token: token } };
  }

  /** Entra ID looks for the federated credential by what the token says, then verifies what it says. */
  async #assertionProblem(assertion: string, { federated }: Application, keysOf: EntraOptions['keysOf']): Promise<JsonAnswer | undefined> {
    const said = unverifiedClaims(assertion);
    if (said === undefined) return refusal(401, 'invalid_client', 50027, 'JWT token is invalid or malformed.');
    const { iss: issuer, sub: subject } = said;
    const audiences: unknown[] = [said.aud].flat();
    const more =
      'Check your federated identity credential Subject, Audience and Issuer against the presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation';
    const byIssuer = federated.filter((one) => one.issuer === issuer);
    if (byIssuer.length === 0)
      return refusal(
        401,
        'invalid_client',
        700211,
        `No matching federated identity record found for presented assertion issuer '${String(issuer)}'. ${more}`,
      );
    const bySubject = byIssuer.filter((one) => one.subject === subject);
    if (bySubject.length === 0)
      return refusal(
        401,
        'invalid_client',
        700213,
        `No matching federated identity record found for presented assertion subject '${String(subject)}'. ${more}`,
      );
    if (!bySubject.some(({ audience }) => audiences.includes(audience))) {
      return refusal(
        401,
        'invalid_client',
        700212,
        `No matching federated identity record found for presented assertion audience '${audiences.join(' ')}'. ${more}`,
      );
    }
    let jwks: Jwks;
    try {
      jwks = await keysOf(String(issuer));
    } catch {
      return refusal(400, 'invalid_request', 50166, 'Request to External OIDC endpoint failed.');
    }
    const verified = verifyJwt(assertion, jwks);
    if (!verified.ok)
      return refusal(
        401,
        'invalid_client',
        50013,
        `Assertion failed signature validation. [Reason - ${verified.reason === 'key' ? 'The key was not found.' : 'The provided signature value did not match the expected signature value.'}]`,
      );
    const now = Date.now() / 1000;
    if (Number(said.exp) < now || Number(said.nbf ?? 0) > now + 300) {
      return refusal(
        401,
        'invalid_client',
        700024,
        `Client assertion is not within its valid time range. Current time: ${new Date().toISOString()}, expiry time of assertion ${new Date(Number(said.exp) * 1000).toISOString()}.`,
      );
    }
    return undefined;
  }

  #instance(origin: string): object {
    const host = new URL(origin).host;
    return {
      tenant_discovery_endpoint: `${origin}/common/v2.0/.well-known/openid-configuration`,
      'api-version': '1.1',
      metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
    };
  }

  #discovery(origin: string, tenant: string): object {
    const base = `${origin}/${tenant}`;
    return {
      token_endpoint: `${base}/oauth2/v2.0/token`,
      token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
      jwks_uri: `${base}/discovery/v2.0/keys`,
      response_modes_supported: ['query', 'fragment', 'form_post'],
      subject_types_supported: ['pairwise'],
      id_token_signing_alg_values_supported: ['RS256'],
      response_types_supported: ['code', 'id_token'],
      scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
      issuer: `${base}/v2.0`,
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
      tenant_region_scope: 'EU',
    };
  }
}

function refusal(status: number, error: string, number: number, sentence: string): JsonAnswer {
  const timestamp = `${new Date().toISOString().slice(0, 19).replace('T', ' ')}Z`;
  const trace = randomUUID();
  const correlation = randomUUID();
  return {
    status,
    body: {
      error,
      error_description: `AADSTS${number}: ${sentence} Trace ID: ${trace} Correlation ID: ${correlation} Timestamp: ${timestamp}`,
      error_codes: [number],
      timestamp,
      trace_id: trace,
      correlation_id: correlation,
      error_uri: `https://login.microsoftonline.com/error?code=${number}`,
    },
  };
}
