import * as z from 'zod/mini';

/** Every store family. */
export const PROVIDERS = ['vault', 'azure-kv', 'aws-sm', 'aws-ssm', 'gcp-sm', 'pulumi-esc', 'dev'] as const;
export type ProviderId = (typeof PROVIDERS)[number];

/** What every store that is called over HTTP takes. */
const http = {
  /** Absolute path of a folder with extra CA certificates (PEM). */
  caDirectory: z.optional(z.string()),
};

/** A projected ServiceAccount token. */
const token = {
  /** Absolute path of the file. */
  tokenFile: z.string(),
  /** Its audience, for messages; absent means the cluster's default audience. */
  audience: z.optional(z.string()),
};

/** Settings of one HashiCorp Vault (or OpenBao), as the injector needs them. */
export const VaultStore = z.strictObject({
  provider: z.literal('vault'),
  ...http,
  ...token,
  /** Base URL, for example `https://vault.example.com:8200`. */
  address: z.string(),
  /** Role of the auth method that the pod's service account is bound to. */
  role: z.string(),
  /** Mount of the auth method, without the leading `auth/`. */
  authPath: z.string(),
  /** Both send role and token; they differ in what Vault does with it, hence in what to do when it refuses. */
  auth: z.enum(['kubernetes', 'jwt']),
  /** Vault Enterprise or OpenBao namespace. */
  namespace: z.optional(z.string()),
  /** Name to check in the server's certificate in place of the address's host. */
  tlsServerName: z.optional(z.string()),
});
export type VaultStore = z.infer<typeof VaultStore>;

/** Azure Key Vault by workload identity federation. */
export const AzureKvStore = z.strictObject({
  provider: z.literal('azure-kv'),
  ...http,
  ...token,
  tenantId: z.string(),
  clientId: z.string(),
  cloud: z.enum(['public', 'usgovernment', 'china']),
  /** Base URL of Entra ID in place of the cloud's. */
  authority: z.optional(z.string()),
  /** Base URL of the vaults in place of the cloud's; may hold `{vault}`. */
  endpoint: z.optional(z.string()),
});
export type AzureKvStore = z.infer<typeof AzureKvStore>;

const aws = {
  ...http,
  /** An ARN's own region wins; absent means that every reference must be an ARN, or `AWS_REGION` is set. */
  region: z.optional(z.string()),
  /** Role to assume with the projected token; absent: EKS Pod Identity, whose agent sets our container's environment. */
  webIdentity: z.optional(z.strictObject({ ...token, roleArn: z.string() })),
  stsEndpoint: z.optional(z.string()),
  endpoint: z.optional(z.string()),
};

/** AWS Secrets Manager. */
export const AwsSmStore = z.strictObject({ provider: z.literal('aws-sm'), ...aws });
export type AwsSmStore = z.infer<typeof AwsSmStore>;

/** AWS Systems Manager Parameter Store. */
export const AwsSsmStore = z.strictObject({ provider: z.literal('aws-ssm'), ...aws });
export type AwsSsmStore = z.infer<typeof AwsSsmStore>;

/** Google Secret Manager. */
export const GcpSmStore = z.strictObject({
  provider: z.literal('gcp-sm'),
  ...http,
  /** Workload identity federation; absent: GKE's metadata server. The token's audience is `//iam.googleapis.com/<workloadIdentityProvider>`. */
  federation: z.optional(
    z.strictObject({
      ...token,
      /** `projects/<number>/locations/global/workloadIdentityPools/<pool>/providers/<provider>`. */
      workloadIdentityProvider: z.string(),
    }),
  ),
  /** Google service account to impersonate; absent: the federated principal reads itself. */
  serviceAccount: z.optional(z.string()),
  stsEndpoint: z.optional(z.string()),
  endpoint: z.optional(z.string()),
});
export type GcpSmStore = z.infer<typeof GcpSmStore>;

/** Pulumi ESC. */
export const PulumiEscStore = z.strictObject({
  provider: z.literal('pulumi-esc'),
  ...http,
  ...token,
  organization: z.string(),
  /** Base URL of the Pulumi service's API. */
  endpoint: z.optional(z.string()),
});
export type PulumiEscStore = z.infer<typeof PulumiEscStore>;

/** Values from a local YAML file: demo, docs and tests. */
export const DevStore = z.strictObject({
  provider: z.literal('dev'),
  /** Absolute path of the YAML file. */
  file: z.string(),
});
export type DevStore = z.infer<typeof DevStore>;

export const StoreConfig = z.discriminatedUnion('provider', [
  VaultStore,
  AzureKvStore,
  AwsSmStore,
  AwsSsmStore,
  GcpSmStore,
  PulumiEscStore,
  DevStore,
]);
export type StoreConfig = z.infer<typeof StoreConfig>;
