import * as z from 'zod';
import type { ProviderId } from '../contract/provider.ts';
import type { Reference } from '../contract/reference.ts';
import { HttpUrl, Line, ObjectName, ServerName } from './schemas.ts';

/** One setting of a store, in annotations (`store.<store>.<setting>`) and in `settings.stores.<store>`. */
export interface StoreSetting {
  readonly schema: z.ZodType<string, string>;
  /** Absent: nothing is sent. */
  readonly default?: string;
  readonly required?: boolean;
  readonly sentence: string;
  readonly example: string;
}

/** What admission knows of a store family; it never calls one. */
export interface StoreFamily {
  readonly settings: Readonly<Record<string, StoreSetting>>;
  /** What is wrong with a reference's path and parameters; undefined when nothing is. */
  readonly referenceProblem: (reference: Reference) => string | undefined;
  /** A reference without property is always a map (and so needs a form). */
  readonly wholeIsMap: boolean;
  readonly sentence: string;
  readonly example: string;
}

const vaultAuth = z
  .enum(['kubernetes', 'jwt'], { error: 'is not `kubernetes`' })
  .refine((auth) => auth === 'kubernetes', 'is not available yet; use kubernetes');

/** The stores of this release. */
export const STORES: Partial<Record<ProviderId, StoreFamily>> = {
  vault: {
    settings: {
      address: { schema: HttpUrl, required: true, sentence: 'Base URL of the server.', example: 'https://vault.example.com:8200' },
      role: {
        schema: Line,
        required: true,
        sentence: "Role of the auth method that the pod's ServiceAccount is bound to.",
        example: 'shop',
      },
      'auth-path': {
        schema: Line.regex(/^[^/].*[^/]$|^[^/]$/, 'must not begin or end with `/`').refine(
          (path) => !path.startsWith('auth/'),
          'must not begin with `auth/`; write what follows it',
        ),
        default: 'kubernetes',
        sentence: 'Mount of the auth method, without `auth/`.',
        example: 'kubernetes-prod',
      },
      auth: { schema: vaultAuth, default: 'kubernetes', sentence: 'Auth method.', example: 'kubernetes' },
      audience: { schema: Line, sentence: "Audience of the pod's token; absent means the cluster's default audience.", example: 'vault' },
      namespace: { schema: Line, sentence: 'Namespace of Vault Enterprise or OpenBao.', example: 'team-shop' },
      'ca-config-map': {
        schema: ObjectName,
        sentence: "ConfigMap in the pod's namespace with extra CA certificates (PEM), any key.",
        example: 'vault-ca',
      },
      'tls-server-name': {
        schema: ServerName,
        sentence: "Name to check in the server's certificate in place of the address's host.",
        example: 'vault.internal',
      },
    },
    referenceProblem: vaultReferenceProblem,
    wholeIsMap: true,
    sentence: 'HashiCorp Vault and OpenBao: `<mount>/<path>` as `vault kv get` takes it, KV version 1 or 2, and any other readable path.',
    example: 'vault://secret/shop/db?version=3#password',
  },
  dev: {
    settings: {
      'config-map': {
        schema: ObjectName,
        required: true,
        sentence: "ConfigMap in the pod's namespace whose key `secrets.yaml` holds the values. Never for real secrets.",
        example: 'demo-values',
      },
    },
    referenceProblem: devReferenceProblem,
    wholeIsMap: false,
    sentence: 'A path in a local YAML file, for demos and tests; only where `settings.devStore` allows it.',
    example: 'dev://shop/db#password',
  },
};

function vaultReferenceProblem({ path, parameters }: Reference): string | undefined {
  if (!path.includes('/')) return 'a Vault path is `<mount>/<path>`, for example `vault://secret/shop/db`';
  if (path.split('/').some((part) => part === '' || part === '.' || part === '..')) return 'the path has an empty, `.` or `..` part';
  for (const [name, value] of parameters) {
    if (name !== 'version') return `vault takes no parameter \`${name}\`; it takes \`version\``;
    if (!/^[1-9]\d{0,9}$/.test(value)) return 'the parameter `version` is not a positive whole number';
  }
  return undefined;
}

function devReferenceProblem({ parameters }: Reference): string | undefined {
  return parameters.size > 0 ? 'dev takes no parameters' : undefined;
}
