const PREFIX = 'CN=keyfirst ';

/** The common name of the CA of a pod: the bundle tells by it whose entry is whose. */
export function caName(podName: string): string {
  return `keyfirst ${podName}`;
}

/** The pod whose CA has this subject (as node:crypto writes it), or undefined when it is none of ours. */
export function podOfCa(subject: string): string | undefined {
  return subject.startsWith(PREFIX) && !subject.includes('\n') ? subject.slice(PREFIX.length) : undefined;
}
