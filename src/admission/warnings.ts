import { oneLine } from '../issues/one-line.ts';

/**
 * The API server passes 4096 characters of warnings on, from all who warn together; with more, it cuts each one at 256 and drops
 * the last ones. A warning with a control character it drops.
 */
const OUR_SHARE = 3000;
const LONGEST = 256;
/** More would hide the first ones. */
const MOST = 10;

/** Sentences as warnings of Keyfirst, the most important first: whole while all of them are short enough, else each of them cut. */
export function fitWarnings(sentences: readonly string[]): string[] {
  const shown = sentences.length > MOST ? sentences.slice(0, MOST - 1) : sentences;
  const more = sentences.length - shown.length;
  const lines = [...shown, ...(more > 0 ? [`and ${more} more`] : [])].map((sentence) => `keyfirst: ${sentence}`);
  const length = lines.reduce((total, line) => total + line.length, 0);
  return lines.map((line) => oneLine(line, length > OUR_SHARE ? LONGEST : OUR_SHARE));
}
