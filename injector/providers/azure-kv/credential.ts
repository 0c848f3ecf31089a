import type { SecretClient } from '@azure/keyvault-secrets';
import { ProviderError } from '../provider-error.ts';
import type { Entra } from './entra.ts';

type Credential = ConstructorParameters<typeof SecretClient>[1];

/**
 * What the SDK asks for a token after a vault's 401. A challenge may only name the audience of the store's cloud, so that no
 * server gets a token for something else, and the tenant that the pod has an identity in.
 */
export function createCredential(entra: Entra, scope: string, tenantId: string, place: string): Credential {
  return {
    async getToken(scopes, options) {
      const asked = [scopes].flat().join(' ');
      if (!asked.split(' ').every((one) => one.replace('//.default', '/.default') === scope)) {
        throw new ProviderError('login-refused', `${place} asks for a token for \`${asked.slice(0, 100)}\`, not for \`${scope}\``, {
          status: 401,
          remedy: 'Check the settings `cloud` and `endpoint`: they must belong to the same Azure.',
        });
      }
      const tenant = options?.tenantId;
      if (tenant !== undefined && isUuid(tenant) && isUuid(tenantId) && tenant.toLowerCase() !== tenantId.toLowerCase()) {
        throw new ProviderError('login-refused', `${place} belongs to tenant ${tenant}, the login was in tenant ${tenantId}`, {
          status: 401,
          remedy: `Set \`tenant-id\` to ${tenant} and name a client of that tenant, or read another vault.`,
        });
      }
      const { abortSignal } = options ?? {};
      return entra.renew(abortSignal instanceof AbortSignal ? abortSignal : undefined);
    },
  };
}

function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}
