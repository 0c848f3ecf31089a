import { X509Certificate } from 'node:crypto';
import { podOfCa } from './ca-name.ts';

/** Entries in a bundle. API servers took 300 of them (178 KB); etcd's limit for the whole object is 1.5 MB. */
export const MOST_ENTRIES = 200;

/** Our clock may be ahead of the API server's; an entry that ended within the hour may still be good to it. */
const EXPIRED_GRACE = 3_600_000;

const PEM_BLOCK = /^-----BEGIN CERTIFICATE-----[^-]*^-----END CERTIFICATE-----[ \t\r]*$/gm;

export interface OwnEntries {
  readonly podName: string;
  /** PEM of the CAs in use: the one that signed the certificate being served, and the next one during a renewal. */
  readonly certificates: readonly string[];
}

export interface MergedBundle {
  /** Base64 of PEM, as `caBundle` has it. */
  readonly bundle: string;
  /** Whether that differs from what was there. */
  readonly changed: boolean;
  /** Of the entries that were there. */
  readonly dropped: { readonly expired: number; readonly replaced: number; readonly surplus: number };
}

/**
 * The bundle as it should be: every valid entry of others, in order, then ours. Left out are expired entries, what is not a
 * certificate (one such byte sequence in an otherwise empty bundle fails every call), older entries of our own pod, and the
 * oldest of other pods beyond `MOST_ENTRIES`. Merging twice equals merging once.
 */
export function mergeCaBundle(bundle: string, own: OwnEntries, now: Date): MergedBundle {
  const before = decode(bundle);
  const ours = parseCertificates(own.certificates.join('\n'));
  const ourPrints = new Set(ours.map(({ fingerprint256 }) => fingerprint256));

  const found = parseCertificates(before);
  const present = found.filter(({ fingerprint256 }) => ourPrints.has(fingerprint256));
  const others = found.filter(({ fingerprint256 }) => !ourPrints.has(fingerprint256));
  const alive = others.filter((entry) => entry.validToDate.getTime() + EXPIRED_GRACE > now.getTime());
  const foreign = alive.filter(({ subject }) => podOfCa(subject) !== own.podName);
  const kept = newest(foreign, Math.max(0, MOST_ENTRIES - ours.length));

  // Ours keep the place they have, so that two replicas with all they want never rewrite each other's order.
  const keptPrints = new Set([...kept, ...present].map(({ fingerprint256 }) => fingerprint256));
  const inPlace = found.filter(({ fingerprint256 }) => keptPrints.has(fingerprint256));
  const added = ours.filter(({ fingerprint256 }) => !keptPrints.has(fingerprint256));
  const after = [...inPlace, ...added].map(String).join('');
  return {
    bundle: Buffer.from(after).toString('base64'),
    changed: after !== before,
    dropped: { expired: others.length - alive.length, replaced: alive.length - foreign.length, surplus: foreign.length - kept.length },
  };
}

/** Whether a `caBundle` holds this certificate (PEM). Compares text, because the watch asks this for every event. */
export function bundleHolds(bundle: string, certificate: string): boolean {
  const [wanted] = bodies(certificate);
  return wanted !== undefined && bodies(decode(bundle)).includes(wanted);
}

function bodies(text: string): string[] {
  return (text.match(PEM_BLOCK) ?? []).map((block) => block.replaceAll(/\s+|-----[A-Z ]+-----/g, ''));
}

function decode(bundle: string): string {
  return Buffer.from(bundle, 'base64').toString('utf8');
}

/** Every distinct certificate that can be read; the rest of the text is passed over, as Go's parser does. */
function parseCertificates(text: string): X509Certificate[] {
  const parsed = new Map<string, X509Certificate>();
  for (const [block] of text.matchAll(PEM_BLOCK)) {
    try {
      const certificate = new X509Certificate(block);
      parsed.set(certificate.fingerprint256, certificate);
    } catch {
      // Not a certificate: nobody can trust it, and leaving it out is the repair.
    }
  }
  return [...parsed.values()];
}

/** At most so many, in their order: entries of people before those of pods, later ones before earlier ones. */
function newest(entries: readonly X509Certificate[], most: number): readonly X509Certificate[] {
  if (entries.length <= most) return entries;
  const rank = (entry: X509Certificate) => (podOfCa(entry.subject) === undefined ? 1 : 0);
  const kept = new Set(
    [...entries].sort((a, b) => rank(b) - rank(a) || b.validFromDate.getTime() - a.validFromDate.getTime()).slice(0, most),
  );
  return entries.filter((entry) => kept.has(entry));
}
