import type { Clock } from './clock.ts';
import { isTrusted, nextTrust, type Trust } from './trust.ts';
import { whyNotTrusted } from './why-not-trusted.ts';

/** A certificate as it is served: PEM, its chain after it. */
export interface Provable {
  readonly certificate: string;
}

interface Proof {
  readonly trust: Trust;
  readonly why: string | undefined;
}

export interface TrustProofs<Item extends Provable> {
  /** The certificates to ask about from now on. What is known of those that stay is kept. */
  follow(items: readonly Item[]): void;
  items(): readonly Item[];
  /** Takes every `caBundle` of the configuration as it is now; none: there is no configuration, or it is empty. */
  note(caBundles: readonly string[]): void;
  /** Whether API servers accept it by now. */
  trusts(item: Item): boolean;
  /** What is wrong with a bundle for it, if something is. */
  why(item: Item): string | undefined;
}

/** Keeps, for each certificate, since when all bundles verify it for `name`. */
export function trustProofs<Item extends Provable>(name: string, clock: Pick<Clock, 'now' | 'elapsed'>): TrustProofs<Item> {
  let proofs: ReadonlyMap<Item, Proof> = new Map();
  let seen: readonly string[] = [];

  function prove(item: Item, { trust }: Pick<Proof, 'trust'>): Proof {
    const question = { certificate: item.certificate, name, now: new Date(clock.now()) };
    const why = seen.map((bundle) => whyNotTrusted({ ...question, bundle })).find((reason) => reason !== undefined);
    return { trust: nextTrust(trust, seen.length > 0 && why === undefined, clock.elapsed()), why };
  }

  return {
    follow(items) {
      proofs = new Map(items.map((item) => [item, proofs.get(item) ?? prove(item, { trust: undefined })]));
    },
    items: () => [...proofs.keys()],
    note(caBundles) {
      seen = caBundles;
      proofs = new Map([...proofs].map(([item, proof]) => [item, prove(item, proof)]));
    },
    trusts: (item) => isTrusted(proofs.get(item)?.trust, clock.elapsed()),
    why: (item) => proofs.get(item)?.why,
  };
}
