import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './vault.ts';

const VERSION = '5.2.5';
const PACKAGES = [`moto[secretsmanager,ssm]==${VERSION}`, 'flask==3.1.3', 'flask-cors==6.0.5'];
const CACHE = process.env.CLUSTER_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'keyfirst-tools');
/** A folder of Python packages rather than a virtual environment: it can be made under another name and moved into place. */
const FOLDER = join(CACHE, `moto-${VERSION}`);

/** Why there is no moto to test against, after trying to install it once; undefined when there is one. Throws with CI=true. */
export async function motoMissing(): Promise<string | undefined> {
  if (existsSync(FOLDER)) return undefined;
  const making = `${FOLDER}.${process.pid}`;
  try {
    await mkdir(CACHE, { recursive: true });
    await promisify(execFile)('python3', ['-m', 'pip', 'install', '--quiet', '--no-input', '--target', making, ...PACKAGES]);
    // Another test file may have been faster.
    await rename(making, FOLDER).catch((error: unknown) => {
      if (!existsSync(FOLDER)) throw error;
    });
    return undefined;
  } catch (error) {
    const reason = `moto cannot be installed: ${String(error instanceof Error ? error.message : error)
      .split('\n')
      .slice(0, 3)
      .join(' ')}`;
    if (process.env.CI === 'true') throw new Error(reason, { cause: error });
    return reason;
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}

export interface TestMoto extends AsyncDisposable {
  readonly address: string;
  /** Calls one of the query services (IAM, STS) as administrator; throws with the answer when it refuses. */
  query(service: string, parameters: Readonly<Record<string, string>>): Promise<string>;
  /** From now on (or no longer) every request is checked against the policies of its credentials. */
  enforcePolicies(on: boolean): Promise<void>;
}

/** A moto server, AWS in memory, on a free loopback port. */
export async function startMoto(): Promise<TestMoto> {
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const child = spawn('python3', ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', PYTHONPATH: FOLDER, PYTHONDONTWRITEBYTECODE: '1' },
  });
  await untilReady(address, child);
  return {
    address,
    async query(service, parameters) {
      const response = await fetch(address, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          authorization: `AWS4-HMAC-SHA256 Credential=admin/20300101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=none`,
        },
        body: new URLSearchParams(parameters),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${parameters.Action}: HTTP ${response.status} ${text}`);
      return text;
    },
    async enforcePolicies(on) {
      const response = await fetch(`${address}/moto-api/reset-auth`, { method: 'POST', body: on ? '0' : 'inf' });
      if (!response.ok) throw new Error(`reset-auth: HTTP ${response.status}`);
    },
    async [Symbol.asyncDispose]() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function untilReady(address: string, child: ChildProcess): Promise<void> {
  let printed = '';
  child.stderr?.on('data', (chunk: Buffer) => (printed = (printed + chunk.toString()).slice(-2000)));
  for (let tries = 0; tries < 600; tries++) {
    if (child.exitCode !== null) break;
    const ok = await fetch(`${address}/moto-api/data.json`).then(
      (response) => response.ok,
      () => false,
    );
    if (ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`moto did not become ready: ${printed}`);
}
