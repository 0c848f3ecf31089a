import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { redirectingVariables } from '../../../../src/plan/redirecting-variables.ts';

const told = (name: string, value?: string, valueFrom?: object) =>
  redirectingVariables({ env: [{ name, ...(value === undefined ? {} : { value }), ...(valueFrom === undefined ? {} : { valueFrom }) }] });
const EKS_TOKEN = '/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token';

/** Names that Node reads, and that change nothing of what a program of ours does, trusts or tells. */
const HARMLESS = [
  'NODE_CHANNEL_SERIALIZATION_MODE',
  'NODE_CLUSTER_SCHED_POLICY',
  'NODE_COMPILE_CACHE_PORTABLE',
  'NODE_DISABLE_COLORS',
  'NODE_DISABLE_COMPILE_CACHE',
  'NODE_INSPECT_RESUME_ON_START',
  'NODE_NO_READLINE',
  'NODE_NO_WARNINGS',
  'NODE_PENDING_DEPRECATION',
  'NODE_PENDING_PIPE_INSTANCES',
  'NODE_REPL_HISTORY',
  'NODE_REPL_HISTORY_SIZE',
  'NODE_REPL_MODE',
  'NODE_SEA_BLOB',
  'NODE_SKIP_PLATFORM_CHECK',
  'NODE_TEST_CONTEXT',
  'NODE_TEST_WORKER_ID',
];

describe('variables of keyfirst-init that redirect it', () => {
  it.each([
    'KEYFIRST_ROOT',
    'LD_PRELOAD',
    'OPENSSL_CONF',
    'SSL_CERT_FILE',
    'SSL_CERT_DIR',
    'NODE_OPTIONS',
    'NODE_EXTRA_CA_CERTS',
    'NODE_TLS_REJECT_UNAUTHORIZED',
    'NODE_USE_ENV_PROXY',
  ])('%s', (name) => {
    expect(told(name, 'x')).toEqual([name]);
    expect(told(name, undefined, { fieldRef: { fieldPath: 'metadata.name' } })).toEqual([name]);
  });

  it.each([
    ['AWS_CONTAINER_CREDENTIALS_FULL_URI', 'http://169.254.170.23/v1/credentials'],
    ['AWS_CONTAINER_CREDENTIALS_FULL_URI', 'http://[fd00:ec2::23]/v1/credentials'],
    ['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE', EKS_TOKEN],
    ['GCE_METADATA_HOST', '169.254.169.254'],
    ['AWS_REGION', 'eu-central-1'],
    ['AWS_DEFAULT_REGION', 'us-gov-west-1'],
  ])('not %s with %s, but with anything else', (name, value) => {
    const elsewhere = { configMapKeyRef: { name: 'x', key: 'x' } };
    expect(told(name, value)).toEqual([]);
    for (const other of [`${value}/`, `${value}.evil.test`, ` ${value}`, `${value}\n`, `$(X)`, 'evil.test/'])
      expect(told(name, other)).toEqual([name]);
    expect(told(name, undefined, elsewhere)).toEqual([name]);
  });

  it.each([
    'NODE_NAME',
    'NODE_IP',
    'NODE_ENV',
    'NODE_HOST_IP',
    'NODES',
    'AWS_ROLE_ARN',
    'AZURE_CLIENT_ID',
    'HTTPS_PROXY',
    'constructor',
    'A',
  ])('not %s', (name) => {
    expect(told(name, 'x')).toEqual([]);
  });

  it('not the configuration, which is compared by itself', () => {
    expect(told('KEYFIRST_CONFIG', '{}')).toEqual([]);
    expect(redirectingVariables({})).toEqual([]);
    expect(redirectingVariables({ env: null })).toEqual([]);
  });

  it('all are told', () => {
    expect(redirectingVariables({ env: ['LD_A', 'A', 'NODE_PATH'].map((name) => ({ name, value: 'x' })) })).toEqual(['LD_A', 'NODE_PATH']);
  });

  it('every variable that this Node reads is told, or known to be harmless', () => {
    const program = readFileSync(process.execPath, 'latin1');
    const found = [...program.matchAll(/(?:\0|\benv\.)(NODE_[A-Z0-9]+(?:_[A-Z0-9]+)*)(?:\0|\b)/g)].map(([, name = '']) => name);
    // Constants of its own, and what `node --run` sets for others.
    const read = [...new Set(found)].filter((name) => !/^NODE_(PERFORMANCE_|RUN_|DEBUG_ENABLED$|OPENSSL_CONF_NAME$)/.test(name));

    expect(read.filter((name) => told(name, 'x').length === 0 && !HARMLESS.includes(name))).toEqual([]);
    expect(read).toEqual(expect.arrayContaining([...HARMLESS, 'NODE_OPTIONS', 'NODE_USE_SYSTEM_CA', 'NODE_V8_COVERAGE']));
  });
});
