import { readFileSync } from 'node:fs';
import type { ProviderDeps } from './provider.ts';
import { ProviderError } from './provider-error.ts';

const OURS = 'The webhook mounts it; check that nothing removed the volume keyfirst-identity from the pod.';

/** A projected ServiceAccount token, told to the scrubber. `file` is an absolute path in the container, `remedy` what to do when it is not there. */
export function readIdentityToken(file: string, { root, keepSecret }: Pick<ProviderDeps, 'root' | 'keepSecret'>, remedy = OURS): string {
  try {
    const token = readFileSync(root + file, 'utf8').trim();
    keepSecret(token);
    return token;
  } catch (cause) {
    throw new ProviderError('invalid', `the service account token ${file} cannot be read`, { cause, remedy });
  }
}
