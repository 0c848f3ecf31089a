import type { X509Certificate } from 'node:crypto';
import { oneLine } from '../issues/one-line.ts';
import { nameOf, validityOf } from './described.ts';

export interface CallerQuestion {
  /** What the caller showed and proved to hold the key of; undefined: nothing. */
  readonly certificate: X509Certificate | undefined;
  /** What OpenSSL held against it in the handshake, such as `CERT_HAS_EXPIRED`; undefined: nothing. */
  readonly verifyError: string | undefined;
  /** The CA certificates in use now. */
  readonly authorities: readonly X509Certificate[];
  /** Common names and DNS names of which the certificate must have one; empty: any will do. */
  readonly names: readonly string[];
  readonly now: Date;
}

/** `status`: 401 asks for a certificate, 403 says that this one will not do. */
export interface CallerProblem {
  readonly status: 401 | 403;
  readonly problem: string;
}

/**
 * Why a caller is not answered, or undefined when it is. The handshake has judged signatures, times and purpose by the CA of its
 * moment; who signed and the time are judged again, because a connection may be older than the file in use. So the CA
 * that signed must be in the file itself: Node does not tell which others the caller sent along.
 */
export function whyNotCaller({ certificate, verifyError, authorities, names, now }: CallerQuestion): CallerProblem | undefined {
  if (certificate === undefined) return { status: 401, problem: 'the caller showed no client certificate' };
  const { validFromDate, validToDate } = certificate;
  // False for a date that is none, too.
  const inTime = now >= validFromDate && now < validToDate;
  const problem = !inTime
    ? `the client certificate is valid ${validityOf(certificate)}`
    : !authorities.some((ca) => signed(ca, certificate))
      ? `no CA in the file signed the client certificate (its issuer is ${shown(nameOf(certificate, 'issuer')) || 'without a name'})`
      : verifyError === 'INVALID_PURPOSE'
        ? 'the client certificate is not for clients (extended key usage clientAuth)'
        : verifyError !== undefined
          ? `the client certificate does not verify (${verifyError})`
          : names.length > 0 && !names.some((name) => isNamed(certificate, name))
            ? `the client certificate has none of the allowed names (it is for ${shown([nameOf(certificate, 'subject'), certificate.subjectAltName ?? ''].join(' '))})`
            : undefined;
  return problem === undefined ? undefined : { status: 403, problem };
}

function signed(ca: X509Certificate, certificate: X509Certificate): boolean {
  return certificate.checkIssued(ca) && certificate.verify(ca.publicKey);
}

/** Exactly: a certificate for `*.example.com` has no other name than that. */
function isNamed(certificate: X509Certificate, name: string): boolean {
  const { CN } = certificate.toLegacyObject().subject;
  return [CN].flat().includes(name) || certificate.checkHost(name, { subject: 'never', wildcards: false }) !== undefined;
}

/** What stands in a certificate may come from anybody. */
function shown(text: string): string {
  return oneLine(text.trim().replaceAll('\n', ', '), 200);
}
