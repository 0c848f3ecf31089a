import { parseExactJson } from '../providers/exact-json.ts';
import { asMap, type JsonObject, type SecretValue, toValue } from '../providers/value.ts';

/** The rendered or selected thing, or why there is none; `absent` is what `optional` forgives. */
export type Result<Value> = { ok: true; value: Value } | { ok: false; absent: boolean; what: string; remedy: string };

const NAMES_SHOWN = 30;

/** The property of a secret that a reference names after `#`: an exact key of the map. Without a name the secret as a whole. */
export function selectProperty(secret: SecretValue, property: string | undefined): Result<SecretValue> {
  if (property === undefined) return { ok: true, value: secret };
  const map = mapOf(secret);
  if (map === undefined) {
    return {
      ok: false,
      absent: false,
      what: `the secret is no map, so it has no property \`${property}\``,
      remedy: 'Leave out the `#` and what follows, or store a JSON object.',
    };
  }
  const found = Object.hasOwn(map, property) ? map[property] : undefined;
  if (found !== undefined && found !== null) return { ok: true, value: toValue(found) };
  return {
    ok: false,
    absent: true,
    what: `the secret has no property \`${property}\`${found === null ? ' (it is null)' : ''}; it has ${keyNames(map)}`,
    remedy: 'Correct the text after `#`.',
  };
}

/** Text counts as a map when it is a JSON object. */
function mapOf(secret: SecretValue): JsonObject | undefined {
  if (secret.kind === 'map') return secret.map;
  if (secret.kind !== 'text') return undefined;
  try {
    return asMap(parseExactJson(secret.text));
  } catch {
    return undefined;
  }
}

function keyNames(map: JsonObject): string {
  const names = Object.keys(map);
  if (names.length === 0) return 'none';
  const shown = names.slice(0, NAMES_SHOWN).map((name) => `\`${name.replaceAll(/\p{Cc}/gu, '�')}\``);
  return names.length > NAMES_SHOWN ? `${shown.join(', ')} and ${names.length - NAMES_SHOWN} more` : shown.join(', ');
}
