/** How often a message names a text, apart from commands to copy and from the store's own words. */
export function mentions(message: string, text: string): number {
  const own = message.replaceAll(/`[^`]*`|; \w+ says: .*?(?= \(HTTP \d+\))/g, '');
  return own.split(text).length - 1;
}
