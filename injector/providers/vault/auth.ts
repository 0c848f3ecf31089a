import type { VaultStore } from '../../../src/contract/provider.ts';
import { readIdentityToken } from '../identity-token.ts';
import type { ProviderDeps } from '../provider.ts';
import { ProviderError } from '../provider-error.ts';
import { asMap } from '../value.ts';
import type { VaultClient } from './client.ts';
import { encodePath } from './path.ts';
import { VaultRefusal } from './response.ts';

/** Seconds the login token lives; undefined when it does not expire. */
export type TokenLife = number | undefined;

/**
 * Logs in by the `kubernetes` or `jwt` method, which take the same request, with the projected token and lets the client
 * use the result. The token is never revoked: leases of dynamic credentials would die with it.
 */
export async function login(client: VaultClient, config: VaultStore, deps: ProviderDeps, signal: AbortSignal): Promise<TokenLife> {
  const jwt = readIdentityToken(config.tokenFile, deps);
  const path = `auth/${encodePath(config.authPath)}/login`;
  const body = await client.post(path, { role: config.role, jwt }, signal).catch((error: unknown) => {
    throw error instanceof VaultRefusal ? refused(error, config, deps) : error;
  });
  const auth = asMap(body.auth);
  const token = auth?.client_token;
  if (typeof token !== 'string' || token === '') {
    throw new ProviderError('protocol', `${client.place} answered the login without a token`, {
      remedy: `Check that \`auth/${config.authPath}\` is an auth method of type ${config.auth}.`,
    });
  }
  deps.keepSecret(token);
  client.useToken(token);
  const seconds = Number(JSON.stringify(auth?.lease_duration ?? 0));
  return seconds > 0 ? seconds : undefined;
}

function refused({ status, words }: VaultRefusal, config: VaultStore, { identity }: ProviderDeps): ProviderError {
  const { authPath, auth, role } = config;
  const method = `auth/${authPath}`;
  if (status === 404) {
    return new ProviderError('login-refused', `login refused: no auth method at ${method}${words}`, {
      status,
      remedy: 'Check the setting `auth-path`, and `namespace` where Vault has namespaces.',
    });
  }
  const remedy =
    auth === 'jwt'
      ? jwtRemedy(words, config, identity)
      : status === 400
        ? `Check the setting \`role\`: \`vault read ${method}/role/${role}\` must show it.`
        : kubernetesRemedy(config, identity);
  return new ProviderError('login-refused', `login at ${method} refused${words}`, { status, remedy });
}

type Identity = ProviderDeps['identity'];

function kubernetesRemedy({ authPath, role, audience }: VaultStore, { namespace, serviceAccount }: Identity): string {
  const binding = `bound_service_account_names=${serviceAccount} bound_service_account_namespaces=${namespace}`;
  const audienceText = audience === undefined ? '' : ` audience=${audience}`;
  return `Let the role accept this pod: \`vault write auth/${authPath}/role/${role} ${binding}${audienceText} …\`, and check the setting \`auth-path\` and that Vault may review tokens of this cluster.`;
}

/** The method answers 400 to everything it does not like; only its words tell the causes apart. */
function jwtRemedy(words: string, { authPath, role, audience }: VaultStore, { namespace, serviceAccount }: Identity): string {
  const method = `auth/${authPath}`;
  if (/role .*could not be found/.test(words)) return `Check the setting \`role\`: \`vault read ${method}/role/${role}\` must show it.`;
  if (/signature|known key|jwks|issuer|\(iss\)|oidc|fetching keys/i.test(words)) {
    return `Let Vault know this cluster's tokens: \`vault read ${method}/config\` must name its issuer, and as oidc_discovery_url, jwks_url or jwt_validation_pubkeys where its keys are (\`kubectl get --raw /.well-known/openid-configuration\` shows both).`;
  }
  const audiences = audience === undefined ? "<the cluster's default audience>" : audience;
  return `Let the role accept this pod: \`vault write ${method}/role/${role} role_type=jwt user_claim=sub bound_subject=system:serviceaccount:${namespace}:${serviceAccount} bound_audiences=${audiences} …\`, and check the setting \`audience\`.`;
}
