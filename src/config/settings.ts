import { parseDocument } from 'yaml';
import * as z from 'zod';
import { KEYS } from '../annotations/keys.ts';
import { PROVIDERS } from '../contract/provider.ts';
import { didYouMean } from '../issues/did-you-mean.ts';
import { FAMILIES, GROUPS } from '../stores/families.ts';
import type { StoreFamily, StoreSetting } from '../stores/family.ts';

const Quantities = z.strictObject({
  cpu: KEYS['resources.cpu-request'].schema.optional(),
  memory: KEYS['resources.memory-request'].schema.optional(),
});

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
    if (!result.success) context.addIssue(`${JSON.stringify(text)} ${result.error.issues[0]?.message}`);
  });

/** The webhook's settings file; the chart's `settings` has the same shape. */
export const Settings = z.strictObject({
  /** What the chart fills in from `injector.image`, and the shape of our container. */
  injector: z
    .strictObject({
      /** Image of the init container. The default is what `npm run images` builds. */
      image: z.string().min(1).default('localhost/keyfirst/injector:dev'),
      /** Absent: Kubernetes' own default. */
      pullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']).optional(),
      /** Requests and limits of our container; no CPU limit by default, because Node needs CPU to start. */
      resources: z
        .strictObject({ requests: Quantities.default({}), limits: Quantities.default({}) })
        .default({ requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '128Mi' } }),
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
    })
    .prefault({}),
  /** Settings of each store, in the words of the annotations. */
  stores: z.object(builtIn).catchall(namedStore).default({}),
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
    .regex(/^1\.\d{1,3}$/, 'write it like "1.34", quoted')
    .optional(),
});
export type Settings = z.infer<typeof Settings>;

export type SettingsResult = { ok: true; settings: Settings } | { ok: false; problems: string[] };

/** Parses the text of a settings file (YAML; an empty file means all defaults) and lists every problem with its path. */
export function parseSettings(text: string): SettingsResult {
  const document = parseDocument(text, { prettyErrors: true, stringKeys: true });
  if (document.errors.length > 0) return { ok: false, problems: document.errors.map(({ message }) => message) };
  const result = Settings.safeParse(document.toJS({ maxAliasCount: 100 }) ?? {});
  if (result.success) return { ok: true, settings: result.data };
  return { ok: false, problems: result.error.issues.flatMap(describe) };
}

function describe(issue: z.core.$ZodIssue): string[] {
  const path = issue.path.join('.');
  if (issue.code === 'invalid_union' && issue.path[0] === 'stores') {
    const [, store] = issue.path;
    const hint = didYouMean(String(store), [...Object.keys(FAMILIES), ...Object.keys(GROUPS)]);
    return [`stores.${String(store)}: is not a built-in store${hint}; a store of your own says its \`provider\`, one of ${PROVIDERS.join(', ')}`];
  }
  if (issue.code !== 'unrecognized_keys') return [`${path || 'settings'}: ${issue.message}`];
  const known = knownKeys(issue.path);
  return issue.keys.map((key) => `${[...issue.path, key].join('.')}: is not a setting${didYouMean(key, known)}`);
}

function knownKeys(path: readonly PropertyKey[]): string[] {
  if (path.length === 0) return Object.keys(Settings.shape);
  if (path[0] === 'stores')
    return path.length === 1
      ? [...Object.keys(FAMILIES), ...Object.keys(GROUPS)]
      : [...allSettings(), 'provider', 'locked', 'allowed-addresses'];
  if (path[0] === 'defaults') return ['mount-path', 'deadline', 'size-limit'];
  return ['image', 'pullPolicy', 'resources', 'setUser', 'requests', 'limits', 'cpu', 'memory'];
}

function allSettings(): string[] {
  return [...new Set(Object.values(FAMILIES).flatMap(({ settings }) => Object.keys(settings)))];
}
