import { networkError as explain } from '../network-error.ts';
import type { ProviderError } from '../provider-error.ts';

/** Why no answer came. */
export function networkError(error: unknown, place: string): ProviderError {
  return explain(error, place, {
    untrusted: 'Name a ConfigMap with its CA in the setting `ca-config-map`; if the name does not match, set `tls-server-name`.',
    protocol: 'Check `http://` or `https://` and the port in the setting `address`.',
    unreachable: 'Check the setting `address`, the network policies between this namespace and Vault, and that Vault is up.',
  });
}
