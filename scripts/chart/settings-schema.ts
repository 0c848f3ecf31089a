import * as z from 'zod';
import { KEYS } from '../../src/annotations/keys.ts';
import { Settings } from '../../src/config/settings.ts';
import { HttpUrl } from '../../src/stores/schemas.ts';

/** What a refinement in code checks, as far as a pattern can say it; looser than the code, never stricter. */
const QUANTITY = '^[+]?[0-9.]+([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]+)?$';
const OF_SCHEMA = new Map<unknown, string>([
  [HttpUrl, '^[Hh][Tt][Tt][Pp][Ss]?:[^?#\\s]+$'],
  [KEYS['resources.cpu-request'].schema, `^$|${QUANTITY}`],
  [KEYS['resources.memory-request'].schema, `^$|${QUANTITY}`],
]);
const OF_DEFAULT: Readonly<Record<string, string>> = {
  'mount-path': '^/[^:]*[^:/]$',
  deadline: '^([0-9]+h)?([0-9]+m)?([0-9]+s)?$',
  'size-limit': QUANTITY,
};

/** JSON Schema (draft 7) of the chart's `settings`: the webhook's own schema, so that Helm refuses what the webhook would. */
export function settingsSchema(): object {
  const { $schema: _, ...schema } = z.toJSONSchema(Settings, {
    io: 'input',
    target: 'draft-7',
    override({ zodSchema, jsonSchema, path }) {
      const [parent, , name] = path.slice(-3);
      const pattern = OF_SCHEMA.get(zodSchema) ?? (parent === 'defaults' ? OF_DEFAULT[String(name)] : undefined);
      if (pattern !== undefined) jsonSchema.pattern = pattern;
    },
  });
  return schema;
}
