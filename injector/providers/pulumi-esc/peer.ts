import type { Peer } from '../http/peer.ts';
import { asMap, type JsonValue } from '../value.ts';

/** The Pulumi service at a base URL. */
export function pulumiPeer(base: string): Peer {
  return {
    place: `Pulumi ESC at ${base}`,
    speaker: 'Pulumi',
    reachable: `Check the setting \`endpoint\`, the network policies between this namespace and ${new URL(base).host}, and that it is up.`,
    message,
  };
}

/** What Pulumi says: the errors of an environment's definition first, since they say more than `Bad Request`. */
function message(json: JsonValue | undefined): string | undefined {
  const body = asMap(json);
  const found = diagnosticsOf(json);
  if (found.length > 0) return found.join('; ');
  const texts = [body?.message, body?.error_description, body?.error].filter((text) => typeof text === 'string');
  return texts.find((text) => text !== '');
}

/** The summaries of the errors in an environment's definition; warnings are left out. Source: pulumi/esc, apitype.go. */
export function diagnosticsOf(json: JsonValue | undefined): string[] {
  const list: unknown = asMap(json)?.diagnostics;
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null || !('summary' in entry) || typeof entry.summary !== 'string') return [];
    return 'severity' in entry && entry.severity === 'warning' ? [] : [entry.summary];
  });
}
