import { CONFIG_VARIABLE } from '../contract/names.ts';
import type { Container, EnvVar } from './pod.ts';

/** The injector's own, the loader's and OpenSSL's: none of them is anybody else's to set. */
const PREFIXES = ['KEYFIRST_', 'LD_', 'OPENSSL_', 'SSL_CERT_'];

/** What Node loads, trusts, asks through, prints or writes by. Others that begin with `NODE_`, such as `NODE_NAME`, it does not know. */
const OF_NODE = [
  'NODE_CHANNEL_FD',
  'NODE_COMPILE_CACHE',
  'NODE_DEBUG',
  'NODE_DEBUG_NATIVE',
  'NODE_EXTRA_CA_CERTS',
  'NODE_ICU_DATA',
  'NODE_OPTIONS',
  'NODE_PATH',
  'NODE_PRESERVE_SYMLINKS',
  'NODE_PRESERVE_SYMLINKS_MAIN',
  'NODE_REDIRECT_WARNINGS',
  'NODE_REPL_EXTERNAL_MODULE',
  'NODE_TLS_REJECT_UNAUTHORIZED',
  'NODE_UNIQUE_ID',
  'NODE_USE_ENV_PROXY',
  'NODE_USE_SYSTEM_CA',
  'NODE_V8_COVERAGE',
];

/** What stores read of the environment, and the values that a cloud itself sets; its own agents stand at these addresses. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  AWS_CONTAINER_CREDENTIALS_FULL_URI: ['http://169.254.170.23/v1/credentials', 'http://[fd00:ec2::23]/v1/credentials'],
  AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: ['/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token'],
  GCE_METADATA_HOST: ['169.254.169.254'],
};

/** A region becomes part of the host that is asked, so it must not be more than a part. */
const REGIONS = ['AWS_REGION', 'AWS_DEFAULT_REGION'];

/**
 * Names of the variables by which somebody else decides what `keyfirst-init` runs, whom it trusts or whose credentials it
 * takes. The policy refuses the same (`keyfirst.policies.redirects` of the chart); a test compares them.
 */
export function redirectingVariables({ env }: Pick<Container, 'env'>): string[] {
  return (env ?? []).filter(({ name }) => name !== CONFIG_VARIABLE).flatMap((variable) => (redirects(variable) ? [variable.name] : []));
}

function redirects({ name, value, valueFrom }: EnvVar): boolean {
  if (PREFIXES.some((prefix) => name.startsWith(prefix)) || OF_NODE.includes(name)) return true;
  if (REGIONS.includes(name)) return valueFrom != null || !/^[a-z0-9-]*$/.test(value ?? '');
  return Object.hasOwn(VALUES, name) && !VALUES[name]?.includes(value ?? '');
}
