import { constants, type X509Certificate } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';
import type { ServingCertificate } from '../tls/source.ts';

/** A resumed session would keep the verdict of the connection before it, and a renegotiated one change its certificate. */
const NO_SHORT_CUTS = constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION;

/**
 * What the TLS server is given at the start and at each change, always whole: what is left out it forgets, and without `ca` it
 * would take the certificates of every public CA. `authorities`: absent where callers are not checked.
 */
export function secureContext(
  { certificate, key }: Pick<ServingCertificate, 'certificate' | 'key'>,
  authorities: readonly X509Certificate[] | undefined,
): SecureContextOptions {
  const shown = { cert: certificate, key, minVersion: 'TLSv1.2' } as const;
  return authorities === undefined ? shown : { ...shown, ca: authorities.map(String), secureOptions: NO_SHORT_CUTS };
}
