import { readFileSync } from 'node:fs';
import type { VaultStore } from '../../../src/contract/provider.ts';
import type { ProviderDeps } from '../provider.ts';
import { ProviderError } from '../provider-error.ts';
import { asMap } from '../value.ts';
import type { VaultClient } from './client.ts';
import { encodePath } from './path.ts';
import { VaultRefusal } from './response.ts';

/** Seconds the login token lives; undefined when it does not expire. */
export type TokenLife = number | undefined;

/**
 * Logs in by the `kubernetes` method with the projected token and lets the client use the result. The token is never
 * revoked: leases of dynamic credentials would die with it.
 */
export async function login(client: VaultClient, config: VaultStore, deps: ProviderDeps, signal: AbortSignal): Promise<TokenLife> {
  const jwt = readToken(config.tokenFile, deps);
  const path = `auth/${encodePath(config.authPath)}/login`;
  const body = await client.post(path, { role: config.role, jwt }, signal).catch((error: unknown) => {
    throw error instanceof VaultRefusal ? refused(error, config, deps) : error;
  });
  const auth = asMap(body.auth);
  const token = auth?.client_token;
  if (typeof token !== 'string' || token === '') {
    throw new ProviderError('protocol', `${client.place} answered the login without a token`, {
      remedy: `Check that \`auth/${config.authPath}\` is an auth method of type kubernetes.`,
    });
  }
  deps.keepSecret(token);
  client.useToken(token);
  const seconds = Number(JSON.stringify(auth?.lease_duration ?? 0));
  return seconds > 0 ? seconds : undefined;
}

function readToken(file: string, { root, keepSecret }: ProviderDeps): string {
  try {
    const token = readFileSync(root + file, 'utf8').trim();
    keepSecret(token);
    return token;
  } catch (cause) {
    throw new ProviderError('invalid', `the service account token ${file} cannot be read`, {
      cause,
      remedy: 'The webhook mounts it; check that nothing removed the volume keyfirst-identity from the pod.',
    });
  }
}

function refused({ status, words }: VaultRefusal, { authPath, role, audience }: VaultStore, { identity }: ProviderDeps): ProviderError {
  const method = `auth/${authPath}`;
  if (status === 404) {
    return new ProviderError('login-refused', `login refused: no auth method at ${method}${words}`, {
      status,
      remedy: 'Check the setting `auth-path`, and `namespace` where Vault has namespaces.',
    });
  }
  const { namespace, serviceAccount } = identity;
  const binding = `bound_service_account_names=${serviceAccount} bound_service_account_namespaces=${namespace}`;
  const audienceText = audience === undefined ? '' : ` audience=${audience}`;
  return new ProviderError('login-refused', `login at ${method} refused${words}`, {
    status,
    remedy:
      status === 400
        ? `Check the setting \`role\`: \`vault read ${method}/role/${role}\` must show it.`
        : `Let the role accept this pod: \`vault write ${method}/role/${role} ${binding}${audienceText} …\`, and check the setting \`auth-path\` and that Vault may review tokens of this cluster.`,
  });
}
