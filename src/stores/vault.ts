import * as z from 'zod';
import type { Reference } from '../contract/reference.ts';
import { CA_CONFIG_MAP, caDirectory, endpoint } from './common-settings.ts';
import { given, type StoreFamily } from './family.ts';
import { Line, ObjectName } from './schemas.ts';

const AuthPath = Line.regex(/^[^/]$|^[^/].*[^/]$/, 'must not begin or end with `/`').refine(
  (path) => !path.startsWith('auth/'),
  'must not begin with `auth/`; write what follows it',
);

export const vault: StoreFamily = {
  provider: 'vault',
  settings: {
    address: { ...endpoint('Base URL of the server.', 'https://vault.example.com:8200'), required: true },
    role: { schema: Line, required: true, sentence: "Role of the auth method that the pod's ServiceAccount is bound to.", example: 'shop' },
    'auth-path': {
      schema: AuthPath,
      default: 'kubernetes',
      sentence: 'Mount of the auth method, without `auth/`.',
      example: 'kubernetes-prod',
    },
    auth: {
      schema: z.enum(['kubernetes', 'jwt'], { error: 'is neither `kubernetes` nor `jwt`' }),
      default: 'kubernetes',
      sentence: 'Auth method: `kubernetes` asks the cluster about the token, `jwt` checks its signature.',
      example: 'jwt',
    },
    audience: { schema: Line, sentence: "Audience of the pod's token; absent means the cluster's default audience.", example: 'vault' },
    namespace: { schema: Line, sentence: 'Namespace of Vault Enterprise or OpenBao.', example: 'team-shop' },
    'ca-config-map': CA_CONFIG_MAP,
    'tls-server-name': {
      schema: ObjectName,
      sentence: "Name to check in the server's certificate in place of the address's host.",
      example: 'vault.internal',
    },
  },
  parameters: ['version'],
  referenceProblem(reference) {
    const { path, parameters } = reference;
    if (!path.includes('/')) return 'a Vault path is `<mount>/<path>`, for example `vault://secret/shop/db`';
    if (path.split('/').some((part) => part === '' || part === '.' || part === '..')) return 'the path has an empty, `.` or `..` part';
    return wholeNumberProblem(parameters, 'version');
  },
  wholeIsMap: () => true,
  wire: (settings, places) => ({
    provider: 'vault',
    address: settings.address ?? '',
    role: settings.role ?? '',
    auth: settings.auth === 'jwt' ? 'jwt' : 'kubernetes',
    authPath: settings['auth-path'] ?? '',
    ...places.token(settings.audience),
    ...given('namespace', settings.namespace),
    ...given('tlsServerName', settings['tls-server-name']),
    ...caDirectory(settings, places),
  }),
  sentence: 'HashiCorp Vault and OpenBao: `<mount>/<path>` as `vault kv get` takes it, KV version 1 or 2, and any other readable path.',
  example: 'vault://secret/shop/db?version=3#password',
};

/** Versions that the store counts: 1, 2, 3. */
export function wholeNumberProblem(parameters: Reference['parameters'], name: string): string | undefined {
  const value = parameters.get(name);
  return value === undefined || /^[1-9]\d{0,17}$/.test(value) ? undefined : `the parameter \`${name}\` is not a positive whole number`;
}
