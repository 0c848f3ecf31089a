import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';

const CACHE = process.env.CLUSTER_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'keyfirst-cluster');
/** The binary that `test/cluster/build.sh` makes. */
export const VAULT = join(CACHE, 'bin', 'vault');
/** Where Vault finds its kubernetes auth method and its AWS engine, which the small build has as plug-ins. */
const PLUGINS = join(CACHE, 'vault-plugins');
const TOKEN = 'root-token-of-a-test';

/** Why there is no Vault to test against; undefined when there is one. Throws with CI=true, where nothing may be skipped. */
export function vaultMissing(): string | undefined {
  const absent = [VAULT, join(PLUGINS, 'kubernetes'), join(PLUGINS, 'aws')].find((path) => !existsSync(path));
  if (absent === undefined) return undefined;
  const reason = `there is no ${absent}; \`npm run cluster -- true\` builds it`;
  if (process.env.CI === 'true') throw new Error(reason);
  return reason;
}

export interface TestVault extends AsyncDisposable {
  readonly address: string;
  /** Calls the API as root; throws with Vault's answer when it refuses. */
  call(method: string, path: string, body?: object): Promise<Record<string, unknown>>;
  seal(): Promise<void>;
  unseal(): Promise<void>;
}

/** A development server of the real Vault on a free loopback port: in memory, KV version 2 at `secret/`. */
export async function startVault(): Promise<TestVault> {
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const child = spawn(
    VAULT,
    [
      'server',
      '-dev',
      '-dev-no-store-token',
      `-dev-plugin-dir=${PLUGINS}`,
      `-dev-root-token-id=${TOKEN}`,
      `-dev-listen-address=127.0.0.1:${port}`,
    ],
    { stdio: ['ignore', 'pipe', 'ignore'], env: { PATH: process.env.PATH ?? '', HOME: '/nonexistent' } },
  );
  const unsealKey = await printedKey(child);
  const call = async (method: string, path: string, body?: object) => {
    const response = await fetch(`${address}/v1/${path}`, {
      method,
      headers: { 'x-vault-token': TOKEN },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: HTTP ${response.status} ${text}`);
    return (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
  };
  await untilReady(address);
  return {
    address,
    call,
    seal: async () => void (await call('PUT', 'sys/seal')),
    unseal: async () => void (await call('PUT', 'sys/unseal', { key: unsealKey })),
    async [Symbol.asyncDispose]() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      // By SIGTERM it ends its plugins, too.
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(late);
    },
  };
}

/** The unseal key, which the development server prints when it starts. */
function printedKey(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const key = /Unseal Key: (\S+)/.exec(text)?.[1];
      if (key !== undefined) resolve(key);
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`vault ended with ${code}: ${text}`)));
  });
}

async function untilReady(address: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const ok = await fetch(`${address}/v1/secret/config`, { headers: { 'x-vault-token': TOKEN } }).then(
      (response) => response.ok,
      () => false,
    );
    if (ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('Vault did not become ready within 10 s');
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
