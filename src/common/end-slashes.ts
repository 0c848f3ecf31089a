/** A path or address without slashes at its end. A loop, because a regular expression takes time by the square of slashes that are not at the end. */
export function withoutEndSlashes(text: string): string {
  let end = text.length;
  while (text[end - 1] === '/') end--;
  return text.slice(0, end);
}
