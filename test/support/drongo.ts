import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { crc32c } from '../../injector/providers/gcp-sm/crc32c.ts';
import { bearer, type GoogleSts, send } from './google-sts.ts';
import { freePort } from './vault.ts';
import { listen } from './vault-login.ts';

const VERSION = '0.8.0';
const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'keyfirst-tools');
const HOME = join(CACHE, `drongo-${VERSION}`);

/** Why there is no Secret Manager to test against; undefined when there is one. Installs it once. Throws with CI=true, where nothing may be skipped. */
export function drongoMissing(): string | undefined {
  if (existsSync(HOME)) return undefined;
  try {
    install();
    return undefined;
  } catch (error) {
    const reason = `drongo ${VERSION} cannot be installed from PyPI: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'unknown'}`;
    if (process.env.CI === 'true') throw new Error(reason, { cause: error });
    return reason;
  }
}

/** In a folder of its own that appears whole, since test files run at the same time. Its scripts then name a folder that is gone, hence `python -m`. */
function install(): void {
  mkdirSync(CACHE, { recursive: true });
  const folder = `${HOME}.${process.pid}`;
  try {
    const run = (command: string, ...args: string[]) =>
      execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: 110_000 });
    run('python3', '-m', 'venv', folder);
    run(join(folder, 'bin', 'python'), '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `drongo==${VERSION}`);
    if (!existsSync(HOME)) renameSync(folder, HOME);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface SecretManager extends AsyncDisposable {
  /** Base URL: drongo behind a guard that does what drongo leaves out. */
  readonly address: string;
  /** `METHOD path` of what was asked, in order. */
  readonly asked: string[];
  /** Adds a version, with the secret if there is none; gives its number. */
  add(project: string, secret: string, payload: string | Uint8Array): Promise<string>;
  /** `disable` or `destroy`. */
  change(project: string, secret: string, version: string, verb: 'disable' | 'destroy'): Promise<void>;
}

/** Answers in the guard's place, true, or not. */
export type Intervene = (request: IncomingMessage, response: ServerResponse, count: number) => boolean;

/**
 * drongo's Secret Manager on a loopback port. drongo knows no tokens, no IAM, no checksums, no aliases and no locations: the
 * guard before it lets only `readers` in (IAM members by project), adds `dataCrc32c`, and serves a regional secret
 * `projects/P/locations/L/secrets/S` as secret `L-S`.
 */
export async function startSecretManager(
  sts: Pick<GoogleSts, 'memberOf'>,
  readers: Readonly<Record<string, readonly string[]>>,
  intervene: Intervene = () => false,
): Promise<SecretManager> {
  const port = await freePort();
  const upstream = `http://127.0.0.1:${port}`;
  const child = spawn(join(HOME, 'bin', 'python'), ['-m', 'drongo.cli', 'server', '--host', '127.0.0.1', '--port', String(port)], {
    stdio: 'ignore',
  });
  await untilReady(`${upstream}/drongo/health`);
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(`${request.method} ${path}`);
    if (intervene(request, response, asked.filter((line) => line === `${request.method} ${path}`).length)) return;
    const member = sts.memberOf(bearer(request));
    if (member === undefined) {
      send(response, 401, { error: { code: 401, message: 'Request had invalid authentication credentials.', status: 'UNAUTHENTICATED' } });
      return;
    }
    const project = /^\/v1\/projects\/([^/]+)\//.exec(path)?.[1] ?? '';
    if (readers[project]?.includes(member) !== true) {
      const message = `Permission 'secretmanager.versions.access' denied for resource '${path.slice(4).replace(':access', '')}' (or it may not exist).`;
      send(response, 403, { error: { code: 403, message, status: 'PERMISSION_DENIED' } });
      return;
    }
    const target = path.replace(/\/locations\/([^/]+)\/secrets\//, '/secrets/$1-');
    const call = forward(upstream + target, { method: request.method ?? 'GET' }, (answer) => {
      let text = '';
      answer.on('data', (chunk) => (text += chunk));
      answer.on('end', () => send(response, answer.statusCode ?? 500, withChecksum(JSON.parse(text))));
    });
    call.on('error', () => response.destroy());
    request.pipe(call);
  });
  const call = async (path: string, body: object = {}) => {
    const response = await fetch(`${upstream}/v1/${path}`, { method: 'POST', body: JSON.stringify(body) });
    return { ok: response.ok, body: (await response.json()) as { name?: string } };
  };
  return {
    address: await listen(server),
    asked,
    async add(project, secret, payload) {
      // An existing secret is fine.
      await call(`projects/${project}/secrets?secretId=${secret}`);
      const added = await call(`projects/${project}/secrets/${secret}:addVersion`, {
        payload: { data: Buffer.from(payload).toString('base64') },
      });
      return added.body.name?.split('/').pop() ?? '';
    },
    async change(project, secret, version, verb) {
      const { ok } = await call(`projects/${project}/secrets/${secret}/versions/${version}:${verb}`);
      if (!ok) throw new Error(`${verb} failed`);
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function withChecksum(body: { payload?: { data?: string; dataCrc32c?: string } }): object {
  if (body.payload?.data !== undefined) body.payload.dataCrc32c = String(crc32c(Buffer.from(body.payload.data, 'base64')));
  return body;
}

async function untilReady(url: string): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    const ok = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('drongo did not become ready within 15 s');
}
