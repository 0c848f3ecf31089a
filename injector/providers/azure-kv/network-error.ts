import { networkError as explain } from '../network-error.ts';
import type { ProviderError } from '../provider-error.ts';

/** Whom a request goes to, for messages. */
export interface Peer {
  /** For example `Key Vault shop-vault at https://shop-vault.vault.azure.net`. */
  readonly place: string;
  /** The setting that holds its address. */
  readonly setting: 'endpoint' | 'authority';
  /** The vault, when it is one. */
  readonly vault?: string | undefined;
}

/** Why no answer came. */
export function networkError(error: unknown, { place, setting, vault }: Peer): ProviderError {
  return explain(error, place, {
    unknownName:
      vault === undefined
        ? 'Check the settings `authority` and `cloud`, and that pods of this namespace may reach the cluster DNS.'
        : `Check the name of the vault (\`az keyvault show --name ${vault}\` must find it), the setting \`cloud\`, and the private DNS zone if the vault has a private endpoint.`,
    untrusted: `Check the setting \`${setting}\`; behind a proxy that opens TLS, name a ConfigMap with its CA in the setting \`ca-config-map\`.`,
    protocol: `Check host and port in the setting \`${setting}\`: HTTPS must be spoken there.`,
    unreachable: 'Check the network policies and the firewall between this namespace and Azure (port 443).',
  });
}
