import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localCertificate } from './tls.ts';

export interface WebhookProcess extends AsyncDisposable {
  readonly port: number;
  readonly ca: string;
  readonly process: ChildProcess;
  /** What it has written to its log so far. */
  readonly log: () => string;
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  /** Resolves once `text` is in its log; rejects when it ends before. */
  readonly logged: (text: string) => Promise<void>;
  readonly metrics: () => Promise<string>;
  /** The most memory it has held, in bytes. */
  readonly peakMemory: () => number;
}

/**
 * The webhook as a process of its own on a free port of 127.0.0.1, with certificate files and settings, outside of a cluster.
 * V8 gets the heap that it takes by itself in a container of 256Mi.
 */
export async function webhookProcess(
  settings: string,
  { drainSeconds = 0, settingsFile }: { drainSeconds?: number; settingsFile?: string } = {},
): Promise<WebhookProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'keyfirst-webhook-'));
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const { certificate, key } = await localCertificate();
  const [port, metricsPort] = [await freePort(), await freePort()];
  const child = spawn(process.execPath, ['--max-old-space-size=128', 'src/main.ts'], {
    env: {
      KEYFIRST_PORT: String(port),
      KEYFIRST_METRICS_PORT: String(metricsPort),
      KEYFIRST_SETTINGS: settingsFile ?? file('settings.yaml', settings),
      KEYFIRST_TLS_CERT: file('tls.crt', certificate),
      KEYFIRST_TLS_KEY: file('tls.key', key),
      KEYFIRST_DRAIN_SECONDS: String(drainSeconds),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      for (const listener of listeners) listener();
    });
  }
  const ended = once(child, 'exit').then(([code, signal]) => code ?? signal);
  const logged = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!log.includes(text)) return;
        listeners.delete(look);
        resolve();
      };
      listeners.add(look);
      void ended.then((how) => reject(new Error(`the webhook ended (${how}) before it wrote "${text}":\n${log}`)));
      look();
    });
  return {
    port,
    ca: certificate,
    process: child,
    log: () => log,
    ended,
    logged,
    metrics: async () => (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text(),
    peakMemory: () => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) * 1024,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('no free port');
  return address.port;
}
