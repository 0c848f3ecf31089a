import { spawn } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import type { Manifest } from './kubectl.ts';

/** What the API server said to one creation. */
export interface CreationAnswer {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly injected: boolean;
  /** Empty where all is well. */
  readonly text: string;
}

export interface Creations extends AsyncDisposable {
  /** What was answered until now. */
  readonly answers: readonly CreationAnswer[];
  /** Ends it; every answer. */
  stop(): Promise<readonly CreationAnswer[]>;
}

/** Creates the pod again and again, one call after the other, by dry run, which goes through admission like any other. */
export async function streamCreations(namespace: string, pod: Manifest, { pause = 0 } = {}): Promise<Creations> {
  const proxy = await kubectlProxy();
  const body = JSON.stringify(pod);
  const url = `${proxy.address}/api/v1/namespaces/${namespace}/pods?dryRun=All`;
  const answers: CreationAnswer[] = [];
  const stopping = new AbortController();
  const stream = (async () => {
    while (!stopping.signal.aborted) {
      const answer = await createOnce(url, body);
      if (!stopping.signal.aborted) answers.push(answer);
      if (pause > 0) await setTimeout(pause);
    }
  })();
  const stop = async () => {
    stopping.abort();
    await stream;
    proxy[Symbol.dispose]();
    return answers;
  };
  return { answers, stop, [Symbol.asyncDispose]: async () => void (await stop()) };
}

async function createOnce(url: string, body: string): Promise<CreationAnswer> {
  try {
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const text = await response.text();
    const injected = response.ok && text.includes('"keyfirst-init"');
    return { at: Date.now(), injected, text: injected ? '' : text };
  } catch (error) {
    return { at: Date.now(), injected: false, text: String(error) };
  }
}

/** `kubectl proxy`: many calls without starting a program for each. */
async function kubectlProxy(): Promise<Disposable & { address: string }> {
  const child = spawn('kubectl', ['proxy', '--port=0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const address = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const found = /127\.0\.0\.1:\d+/.exec(text)?.[0];
      if (found !== undefined) resolve(`http://${found}`);
    });
    child.once('exit', (code) => reject(new Error(`kubectl proxy ended with ${code}`)));
  });
  return { address, [Symbol.dispose]: () => void child.kill() };
}
