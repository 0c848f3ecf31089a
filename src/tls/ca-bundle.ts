import type { X509Certificate } from 'node:crypto';
import { type CaOwner, ownerOfCa } from './ca-name.ts';
import { bundleCertificates, pemCertificates } from './pem-certificates.ts';

/** Entries in a bundle. API servers took 300 of them (178 KB); etcd's limit for the whole object is 1.5 MB. */
export const MOST_ENTRIES = 200;

/** Of those, that people put there: so many keep their place however many pods there are, and no more of them take that of pods. */
const MOST_OF_PEOPLE = 50;

/** Our clock may be ahead of the API server's; an entry that ended within the hour may still be good to it. */
const EXPIRED_GRACE = 3_600_000;

export interface OwnEntries extends CaOwner {
  /** PEM of the CAs in use: the one that signed the certificate being served, and the next one during a renewal. */
  readonly certificates: readonly string[];
}

export interface MergedBundle {
  /** Base64 of PEM, as `caBundle` has it. */
  readonly bundle: string;
  /** Whether that differs from what was there. */
  readonly changed: boolean;
  /** Of the entries that were there. */
  readonly dropped: { readonly expired: number; readonly replaced: number; readonly gone: number; readonly surplus: number };
}

/** An entry in the bundle that another pod of our namespace made. */
export interface PodEntry {
  readonly podName: string;
  readonly fingerprint: string;
}

/**
 * The bundle as it should be: every valid entry of others, in order, then ours. Left out are expired entries, what is not a
 * certificate (one such byte sequence in an otherwise empty bundle fails every call), older entries of our own pod, those of
 * pods proved `gone` (fingerprints), and the oldest beyond `MOST_ENTRIES`. Merging twice equals merging once.
 */
export function mergeCaBundle(bundle: string, own: OwnEntries, now: Date, gone: ReadonlySet<string> = new Set()): MergedBundle {
  const before = Buffer.from(bundle, 'base64').toString('utf8');
  const ours = pemCertificates(own.certificates.join('\n'));
  const ourPrints = new Set(ours.map(({ fingerprint256 }) => fingerprint256));

  const found = pemCertificates(before);
  const present = found.filter(({ fingerprint256 }) => ourPrints.has(fingerprint256));
  const others = found.filter(({ fingerprint256 }) => !ourPrints.has(fingerprint256));
  const alive = others.filter((entry) => entry.validToDate.getTime() + EXPIRED_GRACE > now.getTime());
  const foreign = alive.filter((entry) => !madeBy(entry, own));
  const living = foreign.filter(({ fingerprint256 }) => !gone.has(fingerprint256));
  const kept = newest(living, Math.max(0, MOST_ENTRIES - ours.length));

  // Ours keep the place they have, so that two replicas with all they want never rewrite each other's order.
  const keptPrints = new Set([...kept, ...present].map(({ fingerprint256 }) => fingerprint256));
  const inPlace = found.filter(({ fingerprint256 }) => keptPrints.has(fingerprint256));
  const added = ours.filter(({ fingerprint256 }) => !keptPrints.has(fingerprint256));
  const after = [...inPlace, ...added].map(String).join('');
  return {
    bundle: Buffer.from(after).toString('base64'),
    changed: after !== before,
    dropped: {
      expired: others.length - alive.length,
      replaced: alive.length - foreign.length,
      gone: foreign.length - living.length,
      surplus: living.length - kept.length,
    },
  };
}

/** The entries that may be asked about: each names a pod of our namespace, and not our own. An entry that names none is nobody's to prune. */
export function foreignEntries(bundles: readonly string[], own: CaOwner): PodEntry[] {
  const entries = new Map<string, PodEntry>();
  for (const certificate of bundles.flatMap(bundleCertificates)) {
    const owner = ownerOfCa(certificate.subject);
    if (owner === undefined || owner.namespace !== own.namespace || owner.podName === own.podName) continue;
    entries.set(certificate.fingerprint256, { podName: owner.podName, fingerprint: certificate.fingerprint256 });
  }
  return [...entries.values()];
}

function madeBy({ subject }: X509Certificate, own: CaOwner): boolean {
  const owner = ownerOfCa(subject);
  return owner?.podName === own.podName && owner.namespace === own.namespace;
}

/** At most so many, in their order; too many of pods and too many of people each push out only the earliest of their own. */
function newest(entries: readonly X509Certificate[], most: number): readonly X509Certificate[] {
  if (entries.length <= most) return entries;
  const latestFirst = [...entries].sort((a, b) => b.validFromDate.getTime() - a.validFromDate.getTime());
  const ofPods = latestFirst.filter(({ subject }) => ownerOfCa(subject) !== undefined);
  const ofPeople = latestFirst.filter(({ subject }) => ownerOfCa(subject) === undefined);
  const pods = ofPods.slice(0, most - Math.min(ofPeople.length, MOST_OF_PEOPLE));
  const kept = new Set([...pods, ...ofPeople.slice(0, most - pods.length)]);
  return entries.filter((entry) => kept.has(entry));
}
