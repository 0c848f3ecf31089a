import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A program that the demo started, and all that it has said. */
export interface Running {
  readonly child: ChildProcess;
  /** Milliseconds since the epoch. */
  readonly started: number;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves with the exit code when the program is gone; null after a signal. */
  readonly ended: Promise<number | null>;
}

/** Everything that the demo leaves on the machine while it runs; `clear` takes it away again, and at once. */
export interface Stage {
  readonly directory: string;
  /** Starts a program of the project on the project's Node, with this environment and nothing else. */
  start(program: string, env: Readonly<Record<string, string>>): Running;
  clear(): void;
}

/** Makes a folder outside the checkout, for the owner's eyes only. */
export function openStage(): Stage {
  const directory = mkdtempSync(join(tmpdir(), 'keyfirst-demo-'));
  const children = new Set<ChildProcess>();
  return {
    directory,
    start(program, env) {
      const started = Date.now();
      const child = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', 'pipe'] });
      children.add(child);
      const stdout = collect(child.stdout);
      const stderr = collect(child.stderr);
      const ended = new Promise<number | null>((resolve, reject) => {
        child.on('error', reject);
        child.on('close', (code) => {
          children.delete(child);
          resolve(code);
        });
      });
      ended.catch(() => children.delete(child));
      return { child, started, stdout, stderr, ended };
    },
    clear() {
      for (const child of children) child.kill('SIGKILL');
      rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: string[] = [];
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => void chunks.push(chunk));
  return () => chunks.join('');
}

/** Ports that nobody listens to right now. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
          const server = createServer();
          server.once('error', reject);
          server.listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
