import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod';
import { call } from '../../test/support/https.ts';
import { localCertificate } from '../../test/support/tls.ts';
import { pinned } from './pinned.ts';

const ROOT = join(import.meta.dirname, '../..');
const SETTINGS = `
injector: {image: "registry.example.com/keyfirst/injector:1.0.0"}
stores: {vault: {address: "https://vault.example.com:8200", role: shop, audience: vault}}
`;
const Cost = z.object({ rss: z.number(), heapUsed: z.number(), processor: z.number() });
/** Bytes now, and milliseconds of the processor since the start. */
export type Cost = z.infer<typeof Cost>;

export interface MeasuredServer extends AsyncDisposable {
  readonly port: number;
  /** Milliseconds from the start of the process to its first answer that it is ready. */
  readonly readyAfter: number;
  /** With `memory`, garbage is collected before. */
  cost(ask?: 'memory' | 'processor'): Promise<Cost>;
}

/** Certificate, key, settings and bodies of one row; removed with it. */
export class Workplace implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'keyfirst-bench-'));

  static async create(): Promise<Workplace> {
    const place = new Workplace();
    const { certificate, key } = await localCertificate();
    place.write('tls.crt', certificate);
    place.write('tls.key', key);
    place.write('settings.yaml', SETTINGS);
    return place;
  }

  /** The path of a new file with this text. */
  write(name: string, text: string): string {
    writeFileSync(this.path(name), text);
    return this.path(name);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The built webhook, with certificate files; its log goes to a file. */
export async function startWebhook(place: Workplace): Promise<MeasuredServer> {
  const [port, metricsPort] = [await freePort(), await freePort()];
  return start(place, port, join(ROOT, 'dist/webhook/main.js'), {
    KEYFIRST_PORT: String(port),
    KEYFIRST_METRICS_PORT: String(metricsPort),
    KEYFIRST_SETTINGS: place.path('settings.yaml'),
    KEYFIRST_TLS_CERT: place.path('tls.crt'),
    KEYFIRST_TLS_KEY: place.path('tls.key'),
    KEYFIRST_DRAIN_SECONDS: '0',
  });
}

/** `answer`: what it answers always. */
export async function startBareRoute(place: Workplace, answer: string): Promise<MeasuredServer> {
  const port = await freePort();
  return start(place, port, join(import.meta.dirname, 'bare-route-process.ts'), {
    PORT: String(port),
    CERT: place.path('tls.crt'),
    KEY: place.path('tls.key'),
    ANSWER: place.write('answer.json', answer),
  });
}

async function start(place: Workplace, port: number, program: string, env: Record<string, string>): Promise<MeasuredServer> {
  const log = openSync(place.path(`log-${port}`), 'w');
  const probe = join(import.meta.dirname, 'cost-probe.ts');
  const [command = '', ...words] = pinned([process.execPath, '--expose-gc', '--import', probe, program], 0);
  const started = performance.now();
  const child = spawn(command, words, {
    env: { ...env, PATH: process.env.PATH, NODE_ENV: 'production' },
    stdio: ['ignore', log, 'inherit', 'ipc'],
  });
  await untilReady(port, readFileSync(place.path('tls.crt'), 'utf8'), child);
  const readyAfter = performance.now() - started;
  return {
    port,
    readyAfter,
    async cost(ask = 'processor') {
      child.send(ask);
      const [answer] = await once(child, 'message');
      return Cost.parse(answer);
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

async function untilReady(port: number, ca: string, child: ChildProcess): Promise<void> {
  const end = performance.now() + 20_000;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
    const status = await call({ port, path: '/readyz', ca }).then(
      (answer) => answer.status,
      () => 0,
    );
    if (status === 200) return;
    if (performance.now() > end) throw new Error('the server was not ready after 20 s');
    await wait(5);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
