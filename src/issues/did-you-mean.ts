import { distance } from 'fastest-levenshtein';

/** `; did you mean …?` or nothing. */
export function didYouMean(word: string, known: readonly string[]): string {
  const match = nearest(word, known);
  return match === undefined ? '' : `; did you mean \`${match}\`?`;
}

/** The nearest known word, or all of them where none is near: `; did you mean …?` or `; <intro> a, b, c`. */
export function didYouMeanOr(word: string, known: readonly string[], intro: string): string {
  return didYouMean(word, known) || `; ${intro} ${someOf(known)}`;
}

/** The first names of a list and how many more there are. */
export function someOf(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).join(', ');
  return names.length > MOST_NAMES ? `${shown} and ${names.length - MOST_NAMES} more` : shown;
}

/** More would hide the message. */
const MOST_NAMES = 20;
/** Longer than any name of ours; comparing more is work for nothing. */
const LONGEST_WORD = 64;

/** The known word nearest to a misspelt one, or undefined when none is near. */
function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length > LONGEST_WORD) return undefined;
  const ranked = known.map((candidate) => ({ candidate, away: distance(word, candidate) })).sort((a, b) => a.away - b.away);
  const best = ranked[0];
  return best !== undefined && best.away <= Math.max(2, Math.floor(word.length / 3)) ? best.candidate : undefined;
}
