import { networkError as explain } from '../network-error.ts';
import type { ProviderError } from '../provider-error.ts';
import type { Peer } from './peer.ts';

/** Why no answer came. */
export function networkError(error: unknown, { place, reachable }: Peer): ProviderError {
  return explain(error, place, {
    untrusted: 'Name a ConfigMap with its CA in the setting `ca-config-map`, and check that nothing on the way opens TLS.',
    protocol: reachable,
    unreachable: reachable,
  });
}
