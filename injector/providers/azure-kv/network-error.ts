import { ProviderError } from '../provider-error.ts';

/** Whom a request goes to, for messages. */
export interface Peer {
  /** For example `Key Vault shop-vault at https://shop-vault.vault.azure.net`. */
  readonly place: string;
  /** The setting that holds its address. */
  readonly setting: 'endpoint' | 'authority';
  /** The vault, when it is one. */
  readonly vault?: string | undefined;
}

/** Codes of OpenSSL and Node for a certificate that is not accepted. */
const CERTIFICATE = /^(CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_|HOSTNAME_MISMATCH|ERR_TLS_CERT_)/;
/** Two sides that do not speak the same protocol. */
const NO_COMMON_PROTOCOL = /^(ERR_SSL_|EPROTO|HPE_)/;

/** Why no answer came, from what `node:https` reported. An error that is one of ours already stays as it is. */
export function networkError(error: unknown, { place, setting, vault }: Peer): ProviderError {
  if (error instanceof ProviderError) return error;
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'no reason given';
  if (code === 'ENOTFOUND') {
    return new ProviderError('unreachable', `the name of ${place} cannot be found in DNS (${code})`, {
      remedy:
        vault === undefined
          ? 'Check the settings `authority` and `cloud`, and that pods of this namespace may reach the cluster DNS.'
          : `Check the name of the vault (\`az keyvault show --name ${vault}\` must find it), the setting \`cloud\`, and the private DNS zone if the vault has a private endpoint.`,
    });
  }
  if (CERTIFICATE.test(code)) {
    return new ProviderError('untrusted', `the certificate of ${place} is not trusted (${code})`, {
      remedy: `Check the setting \`${setting}\`; behind a proxy that opens TLS, name a ConfigMap with its CA in the setting \`ca-config-map\`.`,
    });
  }
  if (NO_COMMON_PROTOCOL.test(code)) {
    return new ProviderError('protocol', `${place} does not speak HTTPS (${code})`, {
      remedy: `Check host and port in the setting \`${setting}\`.`,
    });
  }
  return new ProviderError('unreachable', `no answer from ${place} (${code})`, {
    remedy: 'Check the network policies and the firewall between this namespace and Azure (port 443).',
  });
}
