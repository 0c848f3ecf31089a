import { get } from 'node:https';
import { createInterface } from 'node:readline';
import type { KubeConfig } from '@kubernetes/client-node';

/** Milliseconds; the answer is some megabytes, a hundred on a large cluster. */
const TIMEOUT = 30_000;

/**
 * Whether the API server has a feature gate on, by its metric `kubernetes_feature_enabled`; undefined when it does not tell
 * (it has no such gate, or we may not read `/metrics`). The version alone does not say it: a gate that is off drops its
 * field without a word. Rejects when there is no answer.
 */
export async function featureGate(config: KubeConfig, name: string): Promise<boolean | undefined> {
  const options = {};
  await config.applyToHTTPSOptions(options);
  const url = new URL('/metrics', config.getCurrentCluster()?.server);
  const answer = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    get(url, { ...options, signal: AbortSignal.timeout(TIMEOUT) }, resolve).on('error', reject);
  });
  try {
    if (answer.statusCode !== 200) return undefined;
    for await (const line of createInterface({ input: answer, crlfDelay: Number.POSITIVE_INFINITY })) {
      const value = gateIn(line, name);
      if (value !== undefined) return value;
    }
    return undefined;
  } finally {
    answer.destroy();
  }
}

/** What a line of the metrics says of the gate; undefined when it is about something else. */
export function gateIn(line: string, name: string): boolean | undefined {
  const [, gate, value] = /^kubernetes_feature_enabled\{name="([^"]+)"[^}]*\} ([01])$/.exec(line) ?? [];
  return gate === name ? value === '1' : undefined;
}
