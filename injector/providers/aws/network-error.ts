import { networkError as explain } from '../network-error.ts';
import type { ProviderError } from '../provider-error.ts';

/** Why no answer came; `setting` says where the address comes from. */
export function networkError(error: unknown, place: string, setting: string): ProviderError {
  return explain(error, place, {
    untrusted: `Name a ConfigMap with its CA in the setting \`ca-config-map\`; if the name does not match, check the setting \`${setting}\`.`,
    protocol: `Check \`http://\` or \`https://\` and the port in the setting \`${setting}\`, and proxies in between.`,
    unreachable: `Check the settings \`region\` and \`${setting}\`, network policies, and in a subnet without a way out the VPC endpoint.`,
  });
}
