import type { AzureKvStore } from '../../../src/contract/provider.ts';
import { ProviderError } from '../provider-error.ts';
import { azureError, type VaultRefusal, wordsOf } from './answer.ts';
import type { ObjectType, Target } from './target.ts';

const ROLES: Readonly<Record<ObjectType, string>> = {
  secret: 'Key Vault Secrets User',
  certificate: 'Key Vault Certificate User',
  key: 'Key Vault Reader',
};
const POLICY: Readonly<Record<ObjectType, string>> = {
  secret: '--secret-permissions get',
  certificate: '--certificate-permissions get --secret-permissions get',
  key: '--key-permissions get',
};

/** What a vault's refusal of a read means. */
export function readRefused(
  { status, body }: VaultRefusal,
  target: Target,
  place: string,
  { clientId, tenantId }: AzureKvStore,
): ProviderError {
  const { vault, type, name } = target;
  const { code, inner, message } = azureError(body);
  const words = wordsOf(body);
  if (status === 404) {
    const what = target.version === undefined ? `no ${type} \`${name}\`` : `no version ${target.version} of ${type} \`${name}\``;
    return new ProviderError('not-found', `${what} in ${place}`, {
      status,
      remedy: `Check name and type: \`az keyvault ${type} show --vault-name ${vault} --name ${name}\` must show it. If it was deleted: \`az keyvault ${type} recover --vault-name ${vault} --name ${name}\`.`,
    });
  }
  if (status === 409) {
    return new ProviderError('not-found', `${target.text} is deleted or being deleted or recovered${words}`, {
      status,
      remedy: `Recover it with \`az keyvault ${type} recover --vault-name ${vault} --name ${name}\`, or wait until that is done.`,
    });
  }
  if (status === 401) {
    return new ProviderError('login-refused', `${place} does not accept the token of Entra ID${words}`, {
      status,
      remedy: `Check the setting \`tenant-id\` (${tenantId}): it must be the tenant of the vault; and the setting \`cloud\`.`,
    });
  }
  if (status === 403) {
    if (inner === 'ForbiddenByFirewall' || inner === 'ForbiddenByConnection') {
      return new ProviderError('denied', `the firewall of ${place} does not let this cluster in${words}`, {
        status,
        remedy: `Allow the cluster's outgoing addresses or its subnet in the networking settings of the vault (\`az keyvault network-rule add --name ${vault} …\`), or give the vault a private endpoint.`,
      });
    }
    if (inner.endsWith('Disabled') || /disabled/i.test(message)) {
      return new ProviderError('denied', `${target.text} is disabled`, {
        status,
        remedy: `Enable it: \`az keyvault ${type} set-attributes --vault-name ${vault} --name ${name} --enabled true\`, or name an enabled version.`,
      });
    }
    if (/Expired$|NotYetValid$|NotYetActive$/.test(inner) || /expired|not yet (valid|active)/i.test(message)) {
      return new ProviderError('denied', `${target.text} is outside the dates between which it may be used${words}`, {
        status,
        remedy: 'Set another version, or change its activation and expiry dates.',
      });
    }
    const rbac = `\`az role assignment create --role "${ROLES[type]}" --assignee ${clientId} --scope <id of the vault>\``;
    const policy = `\`az keyvault set-policy --name ${vault} --spn ${clientId} ${POLICY[type]}\``;
    const both = `${rbac}; on a vault with access policies ${policy}`;
    return new ProviderError('denied', `reading ${target.text} is not allowed${words}`, {
      status,
      remedy: `Allow client ${clientId} to read it: ${inner === 'ForbiddenByRbac' ? rbac : inner === 'AccessDenied' ? policy : both}; a change takes some minutes.`,
    });
  }
  return new ProviderError('invalid', `${target.text} cannot be read${words === '' && code !== '' ? ` (${code.slice(0, 60)})` : words}`, {
    status,
    remedy: `\`az keyvault ${type} show --vault-name ${vault} --name ${name}\` must show it.`,
  });
}
