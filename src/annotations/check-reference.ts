import { PROVIDERS, type ProviderId } from '../contract/provider.ts';
import { NO_SCHEME, parseReference, type Reference } from '../contract/reference.ts';
import { didYouMeanOr } from '../issues/did-you-mean.ts';
import { STORES, type StoreFamily } from './stores.ts';

export type CheckedReference = { ok: true; reference: Reference; family: StoreFamily } | { ok: false; problem: string };

/**
 * Parses a reference and checks it against its store's rules.
 * A problem quotes the text only if it begins with a known store and `://`.
 */
export function checkReference(text: string): CheckedReference {
  const result = parseReference(text);
  const known = PROVIDERS.find((provider) => text.startsWith(`${provider}://`));
  if (known === undefined) {
    // Nothing of the text may be told: it may be a connection string or another secret.
    const store = text.slice(0, Math.max(0, text.indexOf('://')));
    if (store === '') return { ok: false, problem: `is not a reference: ${NO_SCHEME}` };
    return {
      ok: false,
      problem: `begins with a store that this cluster does not know${didYouMeanOr(store, PROVIDERS, 'known stores are')}`,
    };
  }
  if (!result.ok) return { ok: false, problem: `${quoteReference(text)} is not a reference: ${result.problem}` };
  const family = STORES[known];
  if (family === undefined) return { ok: false, problem: laterStore(known) };
  const problem = family.referenceProblem(result.reference);
  if (problem !== undefined) return { ok: false, problem: `${quoteReference(text)}: ${problem}` };
  return { ok: true, reference: result.reference, family };
}

/** What a store of a later release answers. */
export function laterStore(provider: ProviderId): string {
  return `the store \`${provider}\` is not available yet; this version has ${Object.keys(STORES).join(' and ')}`;
}

function quoteReference(text: string): string {
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 117)}…` : text);
}
