/** The bytes that base64 text encodes, in either alphabet, with or without padding, line breaks allowed; undefined when it is none. */
export function decodeBase64(text: string): Uint8Array | undefined {
  const packed = text.replaceAll(/[\t\n\r ]/g, '');
  const [, digits = '', padding = ''] = /^([A-Za-z0-9+/]*|[\w-]*)(={0,2})$/.exec(packed) ?? [];
  if (digits === '' || digits.length % 4 === 1) return undefined;
  if (padding !== '' && (digits.length + padding.length) % 4 !== 0) return undefined;
  return Buffer.from(digits, 'base64');
}
