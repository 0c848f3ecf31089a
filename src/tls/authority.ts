import { generate } from 'selfsigned';
import { caName } from './ca-name.ts';
import type { ServingCertificate } from './source.ts';

/** A leaf and the CA that signed it and nothing else. */
export interface IssuedCertificate extends ServingCertificate {
  /** The CA's certificate, as PEM. */
  readonly ca: string;
  readonly issuedAt: Date;
  readonly notBefore: Date;
}

export interface IssueOptions {
  readonly podName: string;
  readonly service: string;
  readonly namespace: string;
  readonly now: Date;
  /** Milliseconds from now to the end of both certificates. */
  readonly lifetime: number;
}

/**
 * A week: after two thirds there are more than two days left in which the API server may be away, and a bundle holds the CAs
 * of pods that died within a week, not within a year.
 */
export const LIFETIME = 7 * 24 * 3_600_000;

/** An hour: the API server's clock may be behind ours. */
const BACKDATED = 3_600_000;

const ALGORITHM = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const;

/**
 * Makes a new CA and a leaf for the Service. The CA's key signs this one leaf and is forgotten when the call returns, so
 * nobody can ever sign another certificate that the bundle trusts.
 */
export async function issueCertificate({ podName, service, namespace, now, lifetime }: IssueOptions): Promise<IssuedCertificate> {
  const notBefore = new Date(now.getTime() - BACKDATED);
  const notAfter = new Date(now.getTime() + lifetime);
  const common = { ...ALGORITHM, notBeforeDate: notBefore, notAfterDate: notAfter };

  const ca = await generate([{ name: 'commonName', value: caName(podName) }], {
    ...common,
    extensions: [
      { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
      { name: 'keyUsage', keyCertSign: true, critical: true },
    ],
  });
  const leaf = await generate([{ name: 'commonName', value: 'keyfirst' }], {
    ...common,
    ca: { key: ca.private, cert: ca.cert },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: dnsNames(service, namespace).map((value) => ({ type: 2 as const, value })) },
    ],
  });
  return { ca: endLine(ca.cert), certificate: endLine(leaf.cert), key: leaf.private, issuedAt: now, notBefore, notAfter };
}

/** The API server calls `<service>.<namespace>.svc`; the others are for people and for checks from inside the cluster. */
function dnsNames(service: string, namespace: string): string[] {
  return [`${service}.${namespace}.svc`, `${service}.${namespace}.svc.cluster.local`, `${service}.${namespace}`];
}

function endLine(pem: string): string {
  return pem.endsWith('\n') ? pem : `${pem}\n`;
}
