import { NO_SCHEME, parseReference, type Reference } from '../contract/reference.ts';
import { didYouMeanOr } from '../issues/did-you-mean.ts';
import { FAMILIES } from '../stores/families.ts';
import { unknownParameter } from '../stores/family.ts';
import { knownStores, providerOf, type StoreLayers } from '../stores/layers.ts';

export type CheckedReference = { ok: true; reference: Reference } | { ok: false; problem: string };

/**
 * Parses a reference and checks it against its store's rules.
 * A problem quotes the text only if it begins with a known store and `://`.
 */
export function checkReference(text: string, layers: Pick<StoreLayers, 'cluster' | 'pod'>): CheckedReference {
  const result = parseReference(text);
  const stores = knownStores(layers);
  const known = stores.find((store) => text.startsWith(`${store}://`));
  if (known === undefined) {
    // Nothing of the text may be told: it may be a connection string or another secret.
    const store = text.slice(0, Math.max(0, text.indexOf('://')));
    if (store === '') return { ok: false, problem: `is not a reference: ${NO_SCHEME}` };
    return { ok: false, problem: `begins with a store that nobody here knows${didYouMeanOr(store, stores, 'known stores are')}` };
  }
  if (!result.ok) return { ok: false, problem: `${quoteReference(text)} is not a reference: ${result.problem}` };
  const provider = providerOf(known, layers);
  const family = provider === undefined ? undefined : FAMILIES[provider];
  const problem = family?.referenceProblem(result.reference) ?? unknownParameter(result.reference, family?.parameters);
  return problem === undefined ? { ok: true, reference: result.reference } : { ok: false, problem: `${quoteReference(text)}: ${problem}` };
}

function quoteReference(text: string): string {
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 117)}…` : text);
}
