/** The pod that made a CA. */
export interface CaOwner {
  readonly namespace: string;
  readonly podName: string;
}

const SUBJECT = /^CN=keyfirst ([^\n]+)\nO=([^\n]+)\nOU=[^\n]+$/;

/**
 * The subject of the CA of a pod: the bundle tells by it whose entry is whose. The namespace is in it, because a pod's name alone
 * is not unique; the time, because OpenSSL tries only one of two CAs of the same subject, and during a renewal there are two.
 */
export function caSubject({ namespace, podName }: CaOwner, issuedAt: Date): { name: string; value: string }[] {
  return [
    { name: 'commonName', value: `keyfirst ${podName}` },
    { name: 'organizationName', value: namespace },
    { name: 'OU', value: issuedAt.toISOString() },
  ];
}

/** The pod whose CA has this subject (as node:crypto writes it), or undefined when it is none of ours. */
export function ownerOfCa(subject: string): CaOwner | undefined {
  const [, podName, namespace] = SUBJECT.exec(subject) ?? [];
  return podName === undefined || namespace === undefined ? undefined : { namespace, podName };
}
