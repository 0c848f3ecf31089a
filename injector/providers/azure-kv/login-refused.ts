import type { AzureKvStore } from '../../../src/contract/provider.ts';
import { ProviderError } from '../provider-error.ts';
import { azureError, wordsOf } from './answer.ts';
import type { Assertion } from './token-file.ts';
import type { Answer } from './transport.ts';

/** No federated credential for this issuer, subject or audience; the last digits say which of them differs. */
const NO_FEDERATED_CREDENTIAL = /^(70021|700211|700212|700213|7002138|7002137)$/;
const UNKNOWN_APPLICATION = /^(700016|7000112|7000222)$/;
const UNKNOWN_TENANT = /^(90002|900021|900023)$/;
/** Entra ID could not fetch or use the issuer's keys. */
const ISSUER_KEYS = /^(50013|50166|501661|700027|50027|5002710|5002730|700026)$/;
const NOT_VALID_NOW = /^(700024|50013)$/;

/** Why Entra ID gave no token, and whom to tell what. */
export function loginRefused(
  { status, json }: Answer,
  assertion: Assertion,
  { tenantId, clientId, authority }: AzureKvStore,
  place: string,
): ProviderError {
  const { message } = azureError(json);
  const number = /AADSTS(\d+)/.exec(message)?.[1] ?? '';
  const { issuer = "<the cluster's issuer>", subject, audience } = assertion;
  const trust = `issuer \`${issuer}\`, subject \`${subject}\`, audience \`${audience}\``;
  const remedy = (): string => {
    if (NO_FEDERATED_CREDENTIAL.test(number)) {
      return (
        `Give client ${clientId} a federated credential with exactly ${trust} (upper and lower case count): ` +
        `\`az identity federated-credential create --identity-name <identity> --resource-group <group> --name <any> --issuer '${issuer}' --subject '${subject}' --audiences '${audience}'\`; a new one takes some minutes to work.`
      );
    }
    if (UNKNOWN_APPLICATION.test(number)) {
      return `Check the settings \`client-id\` (${clientId}; the client id, not the object id) and \`tenant-id\` (${tenantId}): the application or managed identity must be in that tenant and enabled.`;
    }
    if (UNKNOWN_TENANT.test(number)) return `Check the setting \`tenant-id\` (${tenantId}) and that it belongs to the setting \`cloud\`.`;
    if (/expired|valid time range/i.test(message) && NOT_VALID_NOW.test(number)) {
      return "Check the clock of the pod's node; the token comes from the kubelet and is renewed by it.";
    }
    if (ISSUER_KEYS.test(number)) {
      return `Entra ID must be able to fetch \`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration\` and the signing keys that it names from the internet; then check the federated credential: ${trust}.`;
    }
    return `Check the settings \`tenant-id\`, \`client-id\` and \`cloud\`${authority === undefined ? '' : ' and `authority`'}, and the federated credential: ${trust}.`;
  };
  const code = number === '' ? '' : ` (AADSTS${number})`;
  return new ProviderError('login-refused', `${place} refused the login${code}${wordsOf(json).replace(`AADSTS${number}: `, '')}`, {
    status,
    remedy: remedy(),
  });
}
