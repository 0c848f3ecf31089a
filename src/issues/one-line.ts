/** Text on one line, well-formed, and no longer than `longest` characters (UTF-16 units). */
export function oneLine(text: string, longest: number): string {
  const shown = text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
  // A cut may have left half a character.
  return shown.replaceAll(/\p{Cc}+/gu, ' ').toWellFormed();
}
