const LONGEST = 300;

/** AWS's own sentence, ready to append: one line, no control characters, shortened; empty when there is none. */
export function awsWords(text: unknown): string {
  if (typeof text !== 'string' || text === 'UnknownError') return '';
  const line = text
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .replace(/\.$/, '');
  if (line === '') return '';
  return `; AWS says: ${line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line}`;
}
