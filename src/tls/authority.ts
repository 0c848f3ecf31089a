import { generate } from 'selfsigned';
import { caSubject } from './ca-name.ts';
import type { Life } from './renewal.ts';
import type { ServingCertificate } from './source.ts';

/** A leaf and the CA that signed it and nothing else. */
export interface IssuedCertificate extends ServingCertificate, Life {
  /** The CA's certificate, as PEM. */
  readonly ca: string;
}

export interface IssueOptions {
  readonly podName: string;
  readonly service: string;
  readonly namespace: string;
  readonly now: Date;
  /** Milliseconds after which nobody should use it any more. Both certificates are valid an hour longer. */
  readonly lifetime: number;
}

/** An hour either way: the API server's clock may be behind ours or ahead of it. */
const SKEW = 3_600_000;

const ALGORITHM = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const;

/**
 * Makes a new CA and a leaf for the Service. The CA's key signs this one leaf and is forgotten when the call returns, so
 * nobody can ever sign another certificate that the bundle trusts.
 */
export async function issueCertificate({ podName, service, namespace, now, lifetime }: IssueOptions): Promise<IssuedCertificate> {
  const notBefore = new Date(now.getTime() - SKEW);
  const notAfter = new Date(now.getTime() + lifetime + SKEW);
  const common = { ...ALGORITHM, notBeforeDate: notBefore, notAfterDate: notAfter };

  const ca = await generate(caSubject({ namespace, podName }, now), {
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
  return { ca: endLine(ca.cert), certificate: endLine(leaf.cert), key: leaf.private, issuedAt: now, lifetime, notBefore, notAfter };
}

/** The API server calls `<service>.<namespace>.svc`; the others are for people and for checks from inside the cluster. */
function dnsNames(service: string, namespace: string): string[] {
  return [`${service}.${namespace}.svc`, `${service}.${namespace}.svc.cluster.local`, `${service}.${namespace}`];
}

function endLine(pem: string): string {
  return pem.endsWith('\n') ? pem : `${pem}\n`;
}
