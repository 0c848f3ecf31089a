import { ProviderError } from '../provider-error.ts';

/** A reference's path in Vault's words: no slash at the ends, no empty, `.` or `..` part. */
export function cleanPath(path: string): string {
  const clean = path.replace(/^\/+|\/+$/g, '');
  if (clean.split('/').some((part) => part === '' || part === '.' || part === '..')) {
    throw new ProviderError('invalid', 'the path has an empty, `.` or `..` part', { remedy: 'Write the path as `vault kv get` takes it.' });
  }
  return clean;
}

/** Percent-encodes each part, so that a name with `?`, `#` or a blank stays one. */
export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
