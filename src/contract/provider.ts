import * as z from 'zod/mini';

/** Every store family of the product, also those that a later release brings. */
export const PROVIDERS = ['vault', 'azure-kv', 'aws-sm', 'aws-ssm', 'gcp-sm', 'pulumi-esc', 'dev'] as const;
export type ProviderId = (typeof PROVIDERS)[number];

/** Settings of one HashiCorp Vault (or OpenBao), as the injector needs them. */
export const VaultStore = z.strictObject({
  provider: z.literal('vault'),
  /** Base URL, for example `https://vault.example.com:8200`. */
  address: z.string(),
  /** Role of the auth method that the pod's service account is bound to. */
  role: z.string(),
  /** Mount of the auth method, without the leading `auth/`. */
  authPath: z.string(),
  /** Auth method; `jwt` is still to come. */
  auth: z.literal('kubernetes'),
  /** Vault Enterprise or OpenBao namespace. */
  namespace: z.optional(z.string()),
  /** Absolute path of the projected service account token. */
  tokenFile: z.string(),
  /** Audience of that token, for messages; absent means the cluster's default audience. */
  audience: z.optional(z.string()),
  /** Absolute path of a folder with extra CA certificates (PEM). */
  caDirectory: z.optional(z.string()),
  /** Name to check in the server's certificate in place of the address's host. */
  tlsServerName: z.optional(z.string()),
});
export type VaultStore = z.infer<typeof VaultStore>;

/** Values from a local YAML file: demo, docs and tests. */
export const DevStore = z.strictObject({
  provider: z.literal('dev'),
  /** Absolute path of the YAML file. */
  file: z.string(),
});
export type DevStore = z.infer<typeof DevStore>;

export const StoreConfig = z.discriminatedUnion('provider', [VaultStore, DevStore]);
export type StoreConfig = z.infer<typeof StoreConfig>;
