import * as z from 'zod/mini';
import { CONTRACT } from './fingerprint.ts';
import { StoreConfig } from './provider.ts';
import { SecretSpec, VariableSpec } from './secret-spec.ts';

/** Largest `KEYFIRST_CONFIG` in bytes: Linux refuses a variable above 131,055 (name and NUL aside). */
export const MAX_CONFIG_BYTES = 131_000;

/** What the webhook tells the injector: references and settings, never a value. */
export const InjectorConfig = z.strictObject({
  /** First key on the wire; policies look for it there. */
  version: z.literal(1),
  /** See `CONTRACT`; absent in a configuration written by hand. */
  contract: z.optional(z.string()),
  /** Who fetches, for messages. */
  identity: z.strictObject({ namespace: z.string(), serviceAccount: z.string() }),
  /** Milliseconds the whole fetch may take. */
  deadline: z.number(),
  /** Bytes of the termination message: min(4096, 12288 ÷ number of containers). */
  messageBytes: z.number(),
  /** Settings of each store that a secret names. */
  stores: z.record(z.string(), StoreConfig),
  secrets: z.array(SecretSpec),
  variables: z.optional(z.array(VariableSpec)),
  /** The wrapper goes beside each list of variables; absent: the containers have it from elsewhere. */
  copyWrapper: z.optional(z.boolean()),
});
/** Decoded: references are parsed. */
export type InjectorConfig = z.output<typeof InjectorConfig>;
/** As written: references are text. */
export type InjectorConfigText = z.input<typeof InjectorConfig>;

/**
 * JSON text for the variable. Every `$` becomes `\u0024`, because the kubelet expands `$(X)` and `$$` in
 * environment values.
 */
export function encodeInjectorConfig(config: InjectorConfigText): string {
  const { version, ...rest } = config;
  return JSON.stringify({ version, contract: CONTRACT, ...rest }).replaceAll('$', '\\u0024');
}

export type DecodeResult = { ok: true; config: InjectorConfig } | { ok: false; problems: string[] };

/** Parses and checks the variable's text; lists every problem with its place. */
export function decodeInjectorConfig(text: string): DecodeResult {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { ok: false, problems: ['it is not valid JSON'] };
  }
  const result = z.safeParse(InjectorConfig, json);
  if (result.success) return { ok: true, config: result.data };
  return { ok: false, problems: result.error.issues.map((issue) => `${issue.path.join('.') || 'config'}: ${issue.message ?? issue.code}`) };
}
