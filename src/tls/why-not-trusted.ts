import type { X509Certificate } from 'node:crypto';
import { nameOf, validityOf } from './described.ts';
import { bundleCertificates, pemCertificates } from './pem-certificates.ts';

export interface TrustQuestion {
  /** PEM: the certificate that we serve, its chain after it. */
  readonly certificate: string;
  /** `caBundle` as the API server holds it: base64 of PEM. */
  readonly bundle: string;
  /** What the API server calls us: `<service>.<namespace>.svc`. */
  readonly name: string;
  readonly now: Date;
}

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const ANY_USAGE = '2.5.29.37.0';

/** Our clock may be behind that of whoever made the certificate. */
const SKEW = 3_600_000;

/**
 * Why an API server with this bundle would not accept the certificate, or undefined when it would. By the rules of Go, in which
 * API servers are written: a certificate in the bundle is trusted whatever it is, a chain ends at the first of them, the name
 * must be among the subject's alternative names. Asked before a certificate is served, which a handshake with the own port could not.
 */
export function whyNotTrusted({ certificate, bundle, name, now }: TrustQuestion): string | undefined {
  const [leaf, ...chain] = pemCertificates(certificate);
  const anchors = bundleCertificates(bundle);
  if (leaf === undefined) return 'there is no certificate';
  if (anchors.length === 0) return bundle === '' ? 'caBundle is empty' : 'caBundle holds no certificate';
  if (leaf.checkHost(name, { subject: 'never' }) === undefined)
    return `the certificate is for ${leaf.subjectAltName ?? 'no name (subjectAltName)'}, and the API server calls ${name}`;
  if (leaf.keyUsage !== undefined && !leaf.keyUsage.some((usage) => usage === SERVER_AUTH || usage === ANY_USAGE))
    return 'the certificate is not for servers (extended key usage serverAuth)';
  const good = (one: X509Certificate) => inTime(one, now);
  if (!good(leaf)) return `the certificate is valid ${validityOf(leaf)}`;
  if (leadsTo(leaf, chain.filter(good), anchors.filter(good))) return undefined;
  return leadsTo(leaf, chain, anchors)
    ? 'the CA in caBundle, or one between, has expired'
    : `caBundle holds no CA that signed the certificate (its issuer is ${nameOf(leaf, 'issuer') || 'without a name'})`;
}

/** Whether signatures lead from the certificate to one of the anchors, by way of others that came with it. */
function leadsTo(from: X509Certificate, between: readonly X509Certificate[], anchors: readonly X509Certificate[]): boolean {
  if (anchors.some(({ fingerprint256 }) => fingerprint256 === from.fingerprint256)) return true;
  const signs = (ca: X509Certificate) => ca.ca && from.checkIssued(ca) && from.verify(ca.publicKey);
  if (anchors.some(signs)) return true;
  // Each is tried once on a path, so that two that signed one another end.
  return between.some(
    (ca) =>
      signs(ca) &&
      leadsTo(
        ca,
        between.filter((other) => other !== ca),
        anchors,
      ),
  );
}

function inTime({ validFromDate, validToDate }: X509Certificate, now: Date): boolean {
  return now < validToDate && now.getTime() + SKEW >= validFromDate.getTime();
}
