import type { Scrubber } from '../src/common/scrubber.ts';
import type { JsonValue, SecretValue } from './providers/value.ts';
import { containerOf, textOf } from './render/text.ts';

/** A line of ours is far shorter, so a longer value cannot stand in it as a whole. Characters. */
const LONGEST = 8192;

/**
 * Tells the scrubber every text of a secret. What stands in the configuration is left out: anyone who sees the pod
 * knows it (a user name `shop` in `vault://secret/shop/db`), and masking it would garble references and versions.
 */
export function registerSecret(scrubber: Scrubber, secret: SecretValue, configText: string): void {
  for (const text of texts(secret)) registerText(scrubber, text, configText);
}

/** Likewise one value that was made from secrets. */
export function registerText(scrubber: Scrubber, value: string | Uint8Array, configText: string): void {
  if (value.length <= LONGEST && !configText.includes(Buffer.from(value).toString())) scrubber.register(value);
}

function texts(secret: SecretValue): string[] {
  switch (secret.kind) {
    case 'text':
    case 'bytes': {
      const whole = secret.kind === 'text' ? secret.text : (textOf(secret) ?? Buffer.from(secret.bytes).toString('latin1'));
      // A store without maps keeps one as JSON text; its values are selected and rendered one by one.
      const json = containerOf(secret);
      return json === undefined ? [whole] : [whole, ...leaves(json)];
    }
    case 'map':
      return leaves(secret.map);
    case 'list':
      return leaves(secret.list);
    default:
      return secret satisfies never;
  }
}

function leaves(json: JsonValue): string[] {
  if (typeof json === 'string') return [json];
  if (typeof json !== 'object' || json === null) return [];
  if (JSON.isRawJSON(json)) return [JSON.stringify(json)];
  return Object.values(json).flatMap(leaves);
}
