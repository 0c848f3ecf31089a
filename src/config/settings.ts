import { LineCounter, parseDocument } from 'yaml';
import * as z from 'zod';
import { KEYS } from '../annotations/keys.ts';
import { PROVIDERS } from '../contract/provider.ts';
import { didYouMean, didYouMeanOr } from '../issues/did-you-mean.ts';
import { quote } from '../issues/issue.ts';
import { FAMILIES, GROUPS } from '../stores/families.ts';
import type { StoreFamily, StoreSetting } from '../stores/family.ts';
import { EnvDelivery, mayQuote } from '../stores/schemas.ts';

const Cpu = KEYS['resources.cpu-request'].schema;
const Memory = KEYS['resources.memory-request'].schema;

/** Settings of a store, a family or a group, and what pods may not do with them. */
function storeSettings(rows: Readonly<Record<string, StoreSetting>>) {
  const [first = '', ...rest] = Object.keys(rows);
  return z.strictObject({
    ...Object.fromEntries(Object.entries(rows).map(([setting, row]) => [setting, row.schema.optional()])),
    /** Settings that pods may not change; binds every store of the family. */
    locked: z.array(z.enum([first, ...rest])).optional(),
    /** The only addresses that pods may name; binds every store of the family. */
    'allowed-addresses': z.array(z.string()).optional(),
  });
}

const builtIn = {
  ...Object.fromEntries(Object.values(FAMILIES).map(({ provider, settings }) => [provider, storeSettings(settings).optional()])),
  ...Object.fromEntries(
    Object.entries(GROUPS).map(([group, [member = 'dev']]) => [group, storeSettings(FAMILIES[member].settings).optional()]),
  ),
};

/** A store with a name of the admin's own. */
const [firstFamily, ...otherFamilies] = Object.values(FAMILIES);
const namedStore = z.discriminatedUnion('provider', [named(firstFamily ?? FAMILIES.vault), ...otherFamilies.map(named)]);

function named({ provider, settings }: StoreFamily) {
  return storeSettings(settings).extend({ provider: z.literal(provider) });
}

/** Text that passes the schema of an annotation key and stays text, so that cluster and pod values look alike. */
const sameAs = (name: 'mount-path' | 'deadline' | 'size-limit') =>
  z.string().superRefine((text, context) => {
    const result = KEYS[name].schema.safeParse(text);
    if (!result.success) context.addIssue(`${mayQuote(KEYS[name].schema) ? `${quote(text)} ` : ''}${result.error.issues[0]?.message}`);
  });

/** The webhook's settings file; the chart's `settings` has the same shape. */
export const Settings = z.strictObject({
  /** What the chart fills in from `injector.image`, and the shape of our container. */
  injector: z
    .strictObject({
      /** Image of the init container. The default is what `npm run images` builds. */
      image: z.string().min(1, 'is empty; give an image or leave the setting out').default('localhost/keyfirst/injector:dev'),
      /** Absent: Kubernetes' own default. */
      pullPolicy: z.enum(['Always', 'IfNotPresent', 'Never'], { error: 'is not one of Always, IfNotPresent, Never' }).optional(),
      /** Requests and limits of our container, each with its own default; no CPU limit, because Node needs CPU to start. */
      resources: z
        .strictObject({
          requests: z.strictObject({ cpu: Cpu.default('50m'), memory: Memory.default('64Mi') }).prefault({}),
          limits: z.strictObject({ cpu: Cpu.optional(), memory: Memory.default('128Mi') }).prefault({}),
        })
        .prefault({}),
      /** `false` leaves user and group of our container to the platform, as OpenShift wants it. */
      setUser: z.boolean().default(true),
    })
    .prefault({}),
  /** The cluster's defaults for annotation keys. */
  defaults: z
    .strictObject({
      'mount-path': sameAs('mount-path').default(KEYS['mount-path'].default),
      deadline: sameAs('deadline').default(KEYS.deadline.default),
      'size-limit': sameAs('size-limit').default(KEYS['size-limit'].default),
      'env-delivery': EnvDelivery.default('auto'),
    })
    .prefault({}),
  /** Environment variables. */
  env: z
    .strictObject({
      /** Whether a second init container proves that a pod's node knows `fileKeyRef`; `false` where an admin vouches for every node. */
      check: z.boolean().default(true),
      /** Where containers have the wrapper from: our container copies it, or an image volume (Kubernetes 1.35) brings it. */
      wrapper: z.enum(['copy', 'image-volume'], { error: 'is not one of copy, image-volume' }).default('copy'),
      /** Whether the API server keeps `fileKeyRef`; found out in a cluster, else from the version. */
      fileKeyRef: z.boolean().optional(),
    })
    .prefault({}),
  /** Settings of each store, in the words of the annotations. */
  stores: z.object(builtIn).catchall(namedStore).prefault({}),
  /** What the webhook reads of pods' identities. */
  identity: z
    .strictObject({
      /** Whether identity annotations of ServiceAccounts are read; `false` drops the right to. */
      serviceAccounts: z.boolean().default(true),
    })
    .prefault({}),
  /** Whether pods may use the `dev` store. */
  devStore: z.boolean().default(false),
  /** `major.minor` of the cluster; found out in a cluster. */
  kubernetesVersion: z
    .string()
    .regex(/^1\.\d{1,3}$/, 'is not a version; write it like "1.34", in quotes')
    .optional(),
});
export type Settings = z.infer<typeof Settings>;

export type SettingsResult = { ok: true; settings: Settings } | { ok: false; problems: string[] };

/** Parses the text of a settings file (YAML; what is empty has its default) and lists every problem with its path. */
export function parseSettings(text: string): SettingsResult {
  const file = readYaml(text);
  if ('problems' in file) return { ok: false, problems: file.problems };
  const result = Settings.safeParse(withoutNulls(file.value) ?? {}, { error: explain });
  if (result.success) return { ok: true, settings: result.data };
  return { ok: false, problems: result.error.issues.flatMap(describe) };
}

/** The library's own messages would quote the file, which may hold a password in an address. */
function readYaml(text: string): { value: unknown } | { problems: string[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  const problems = document.errors.map(({ code, pos }) => {
    const { line, col } = lines.linePos(pos[0]);
    return `settings: is not valid YAML at line ${line}, column ${col} (${code.toLowerCase().replaceAll('_', ' ')})`;
  });
  if (problems.length > 0) return { problems };
  try {
    return { value: document.toJS({ maxAliasCount: 100 }) };
  } catch {
    return { problems: ['settings: has a YAML alias (`*name`) without its anchor, or far too many; write the values out'] };
  }
}

/** `name:` with nothing behind it means the default, as in Helm. The key stays, so that a misspelt one is still found. */
function withoutNulls(value: unknown): unknown {
  if (value === null) return undefined;
  if (typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutNulls(inner)]));
}

/** Where a schema has no words of its own. Never tells the value. */
function explain(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== 'invalid_type') return undefined;
  if (issue.expected === 'boolean') return 'is neither true nor false; write one of them, without quotes';
  if (issue.expected !== 'string') return 'is not a map';
  if (typeof issue.input === 'number') return 'is a number to YAML; write it in quotes, so that no digit is lost';
  return 'is not text';
}

function describe(issue: z.core.$ZodIssue): string[] {
  const path = issue.path.join('.');
  if (issue.code === 'invalid_union' && issue.path[0] === 'stores') {
    const [, store] = issue.path;
    const hint = didYouMean(String(store), [...Object.keys(FAMILIES), ...Object.keys(GROUPS)]);
    return [
      `stores.${String(store)}: is not a built-in store${hint}; a store of your own says its \`provider\`, one of ${PROVIDERS.join(', ')}`,
    ];
  }
  if (issue.code !== 'unrecognized_keys') return [`${path || 'settings'}: ${issue.message}`];
  const known = Object.keys(mapAt(issue.path)?.shape ?? {});
  return issue.keys.map((key) => {
    // A missing space makes `name:value` a key.
    if (!/^[\w.-]{1,64}$/.test(key)) return `${path || 'settings'}: has a key that is not a name; write settings as \`name: value\``;
    const problem = `is not a setting${didYouMeanOr(key, known, 'known here are')}`;
    return `${[...issue.path, key].join('.')}: ${problem}`;
  });
}

/** The schema of the map at a path of the settings. */
function mapAt(path: readonly PropertyKey[]): z.ZodObject | undefined {
  let map = unwrapped(Settings);
  for (const step of path) map = unwrapped(map?.shape[String(step)]);
  return map;
}

function unwrapped(schema: unknown): z.ZodObject | undefined {
  if (schema instanceof z.ZodObject) return schema;
  const wraps = schema instanceof z.ZodOptional || schema instanceof z.ZodPrefault || schema instanceof z.ZodDefault;
  return wraps ? unwrapped(schema.unwrap()) : undefined;
}
