import { ProviderError } from './provider-error.ts';

/** What to do about each way in which no answer comes; sentences. */
export interface NetworkRemedies {
  readonly untrusted: string;
  readonly protocol: string;
  readonly unreachable: string;
  /** Where a name that DNS does not know says more than that nobody answers. */
  readonly unknownName?: string;
}

/** Codes of OpenSSL and Node for a certificate that is not accepted. */
const CERTIFICATE = /^(CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_|HOSTNAME_MISMATCH|ERR_TLS_CERT_)/;
/** Two sides that do not speak the same protocol. */
const NO_COMMON_PROTOCOL = /^(ERR_SSL_|EPROTO|HPE_)/;

/** Why no answer came from `place`, from what `node:http` reported. An error that is one of ours already stays as it is. */
export function networkError(error: unknown, place: string, remedies: NetworkRemedies): ProviderError {
  if (error instanceof ProviderError) return error;
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'no reason given';
  const { untrusted, protocol, unreachable, unknownName } = remedies;
  if (code === 'ENOTFOUND' && unknownName !== undefined) {
    return new ProviderError('unreachable', `the name of ${place} cannot be found in DNS (${code})`, { remedy: unknownName });
  }
  if (CERTIFICATE.test(code)) {
    return new ProviderError('untrusted', `the certificate of ${place} is not trusted (${code})`, { remedy: untrusted });
  }
  if (NO_COMMON_PROTOCOL.test(code)) {
    return new ProviderError('protocol', `${place} does not speak the protocol of its address (${code})`, { remedy: protocol });
  }
  const why = code === 'ABORT_ERR' ? 'time is up' : code;
  return new ProviderError('unreachable', `no answer from ${place} (${why})`, { remedy: unreachable });
}
