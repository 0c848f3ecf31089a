import { ProviderError } from '../provider-error.ts';

/** Codes of OpenSSL and Node for a certificate that is not accepted. */
const CERTIFICATE = /^(CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_|HOSTNAME_MISMATCH|ERR_TLS_CERT_)/;
/** Two sides that do not speak the same protocol. */
const NO_COMMON_PROTOCOL = /^(ERR_SSL_|EPROTO|HPE_)/;

/** Why no answer came, from what `node:http` reported; `setting` says where the address comes from. An error of ours stays as it is. */
export function networkError(error: unknown, place: string, setting: string): ProviderError {
  if (error instanceof ProviderError) return error;
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'no reason given';
  if (CERTIFICATE.test(code)) {
    return new ProviderError('untrusted', `the certificate of ${place} is not trusted (${code})`, {
      remedy: `Name a ConfigMap with its CA in the setting \`ca-config-map\`; if the name does not match, check the setting \`${setting}\`.`,
    });
  }
  if (NO_COMMON_PROTOCOL.test(code)) {
    return new ProviderError('protocol', `${place} does not speak the protocol of its address (${code})`, {
      remedy: `Check \`http://\` or \`https://\` and the port in the setting \`${setting}\`, and proxies in between.`,
    });
  }
  return new ProviderError('unreachable', `no answer from ${place} (${code})`, {
    remedy: `Check the settings \`region\` and \`${setting}\`, network policies, and in a subnet without a way out the VPC endpoint.`,
  });
}
