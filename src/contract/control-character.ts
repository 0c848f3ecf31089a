/** Whether a text holds a control character (`\p{Cc}`). A loop, because the first use of such a class in a regular expression costs half a millisecond of each pod's start. */
export function hasControlCharacter(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || (code >= 0x7f && code <= 0x9f)) return true;
  }
  return false;
}
