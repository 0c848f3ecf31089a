import { readFileSync } from 'node:fs';
import type { ProviderDeps } from '../provider.ts';
import { ProviderError } from '../provider-error.ts';

/** A projected service account token, told to the log scrubber. Throws with `remedy` when it cannot be read. */
export function readToken(file: string, { root, keepSecret }: ProviderDeps, remedy: string): string {
  let token: string;
  try {
    token = readFileSync(root + file, 'utf8').trim();
  } catch (cause) {
    throw new ProviderError('invalid', `the service account token ${file} cannot be read`, { cause, remedy });
  }
  keepSecret(token);
  return token;
}

/** What a token says about itself, unchecked, for messages; empty texts where it says nothing. */
export function tokenClaims(token: string): { readonly issuer: string; readonly subject: string; readonly audience: string } {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    const { iss, sub, aud } = Object(claims);
    return { issuer: text(iss), subject: text(sub), audience: text(Array.isArray(aud) ? aud[0] : aud) };
  } catch {
    return { issuer: '', subject: '', audience: '' };
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 300) : '';
}
