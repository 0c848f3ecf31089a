/** What a token says about itself, unchecked, for messages; undefined where it does not. `audience` is the first one. */
export function tokenClaims(token: string): Readonly<Record<'issuer' | 'subject' | 'audience', string | undefined>> {
  const { iss, sub, aud } = payload(token);
  return { issuer: text(iss), subject: text(sub), audience: text([aud].flat()[0]) };
}

function payload(token: string): { readonly iss?: unknown; readonly sub?: unknown; readonly aud?: unknown } {
  try {
    return Object(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')));
  } catch {
    return {};
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, 300) : undefined;
}
