import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, kubectl, type Manifest } from './kubectl.ts';

/** A Vault and its root token. */
export interface VaultAccess {
  readonly address: string;
  readonly token: string;
}

/** A server of our own that can be sealed, stopped and started again with its data. */
export interface ClusterVault extends VaultAccess {
  seal(): Promise<void>;
  unseal(): Promise<void>;
  /** Ends the process. */
  stop(): Promise<void>;
  /** Starts it again on the same data and unseals it. */
  start(): Promise<void>;
}

export interface VaultOptions {
  /** Folder for data and configuration. */
  readonly folder: string;
  /** File for its log. */
  readonly log: string;
  /** Where pods and the tests reach it: host and port. Tests speak plain HTTP on the next port but two if `tls` is given. */
  readonly host: string;
  readonly port: number;
  readonly tls?: { readonly certificateFile: string; readonly keyFile: string };
}

/** Calls Vault's API as root; throws with its answer when it refuses. A body that is text is sent as it is. */
export async function callVault({ address, token }: VaultAccess, method: string, path: string, body?: object | string): Promise<Manifest> {
  const response = await fetch(`${address}/v1/${path.split('/').map(encodeURIComponent).join('/')}`, {
    method,
    headers: { 'x-vault-token': token },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`Vault: ${method} ${path}: HTTP ${response.status} ${text}`);
  return (text === '' ? {} : JSON.parse(text)) as Manifest;
}

/**
 * Starts a real Vault server (raft storage, so that it keeps its data when it is stopped), initialises and unseals it.
 * The `vault` on the PATH and its kubernetes plug-in beside it in the cluster's cache are used.
 */
export async function startClusterVault(options: VaultOptions): Promise<ClusterVault> {
  const { folder, host, port, tls } = options;
  const plain = tls === undefined ? port : port + 2;
  const plainHost = tls === undefined ? host : '127.0.0.1';
  mkdirSync(join(folder, 'data'), { recursive: true });
  const plugins = join(cacheFolder(), 'vault-plugins');
  const listener = [
    { tcp: { address: `${plainHost}:${plain}`, cluster_address: `127.0.0.1:${port + 1}`, tls_disable: true } },
    ...(tls === undefined
      ? []
      : [
          {
            tcp: {
              address: `${host}:${port}`,
              cluster_address: `127.0.0.1:${port + 3}`,
              tls_cert_file: tls.certificateFile,
              tls_key_file: tls.keyFile,
            },
          },
        ]),
  ];
  const config = {
    storage: { raft: { path: join(folder, 'data'), node_id: 'one' } },
    listener,
    api_addr: `http://${plainHost}:${plain}`,
    cluster_addr: `https://127.0.0.1:${port + 1}`,
    disable_mlock: true,
    plugin_directory: plugins,
  };
  const configFile = join(folder, 'config.json');
  writeFileSync(configFile, JSON.stringify(config));
  const address = `http://${plainHost}:${plain}`;
  const anonymous = { address, token: '' };

  let child = await launch(configFile, options.log, anonymous);
  const init = await callVault(anonymous, 'PUT', 'sys/init', { secret_shares: 1, secret_threshold: 1 });
  const root = { address, token: String(init.root_token) };
  const unseal = async () => {
    await callVault(anonymous, 'PUT', 'sys/unseal', { key: init.keys_base64[0] });
    await eventually('Vault active', () => fetch(`${address}/v1/sys/health`).then(({ status }) => status === 200));
  };
  await unseal();
  const sha256 = createHash('sha256')
    .update(readFileSync(join(plugins, 'kubernetes')))
    .digest('hex');
  await callVault(root, 'PUT', 'sys/plugins/catalog/auth/kubernetes', { sha256, command: 'kubernetes' });
  return {
    ...root,
    unseal,
    seal: async () => void (await callVault(root, 'PUT', 'sys/seal')),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    },
    async start() {
      child = await launch(configFile, options.log, anonymous);
      await unseal();
    },
  };
}

/**
 * Lets pods of this cluster log in at `auth/<path>`: tokens are reviewed by the API server, and must be for the
 * audience `vault`. `apiServer`: the kubeconfig's if undefined. `roles`: each allows one service account in the namespaces named, with a policy of its own.
 */
export async function trustCluster(
  vault: VaultAccess,
  path: string,
  apiServer: string | undefined,
  roles: Readonly<Record<string, { serviceAccount: string; namespaces: readonly string[]; policy: string }>>,
): Promise<void> {
  const server = apiServer ?? (await kubectl('config', 'view', '--minify', '-o', 'jsonpath={.clusters[0].cluster.server}'));
  await callVault(vault, 'POST', `sys/auth/${path}`, { type: 'kubernetes' });
  await callVault(vault, 'POST', `auth/${path}/config`, {
    kubernetes_host: server,
    kubernetes_ca_cert: await kubectl('get', 'configmap', 'kube-root-ca.crt', '-n', 'default', '-o', 'jsonpath={.data.ca\\.crt}'),
    token_reviewer_jwt: (await kubectl('create', 'token', 'vault-reviewer', '-n', 'default', '--duration=4h')).trim(),
  });
  for (const [role, { serviceAccount, namespaces, policy }] of Object.entries(roles)) {
    await callVault(vault, 'PUT', `sys/policies/acl/${role}`, { policy });
    await callVault(vault, 'POST', `auth/${path}/role/${role}`, {
      bound_service_account_names: serviceAccount,
      bound_service_account_namespaces: namespaces.join(','),
      audience: 'vault',
      token_policies: role,
      token_ttl: '30m',
    });
  }
}

async function launch(configFile: string, log: string, { address }: VaultAccess): Promise<ChildProcess> {
  const output = openSync(log, 'a');
  const child = spawn('vault', ['server', `-config=${configFile}`], {
    stdio: ['ignore', output, output],
    env: { PATH: process.env.PATH ?? '', HOME: '/nonexistent' },
  });
  let ended = false;
  child.once('exit', () => {
    ended = true;
  });
  child.once('error', () => {
    ended = true;
  });
  await eventually(
    'Vault listening',
    async () => {
      if (ended) throw new Error(`vault ended; see ${log}`);
      return fetch(`${address}/v1/sys/seal-status`).then(
        ({ ok }) => ok,
        () => false,
      );
    },
    { seconds: 30 },
  );
  return child;
}

function cacheFolder(): string {
  const cache = process.env.CLUSTER_CACHE;
  return cache ?? join(process.env.HOME ?? '/root', '.cache/keyfirst-cluster');
}
