import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, inject } from 'vitest';
import { webhookLogs } from './e2e-webhook.ts';

const { cluster } = inject('e2e');
const LINES = 15;

let told = false;

// Once a file: the first failure is the one to look at, and the logs are long.
beforeEach(({ onTestFailed }) => {
  onTestFailed(async () => {
    if (told) return;
    told = true;
    const texts: Record<string, string> = { 'the webhook': await webhookLogs().catch(String) };
    if (cluster.folder !== undefined) {
      for (const part of ['kubelet', 'vault', 'kube-apiserver']) texts[part] = read(join(cluster.folder, 'log', part));
    }
    for (const [part, text] of Object.entries(texts)) {
      const lines = text
        .trimEnd()
        .split('\n')
        .slice(-LINES)
        .map((line) => line.slice(0, 400));
      process.stderr.write(`--- end of the log of ${part}\n${lines.join('\n')}\n`);
    }
  });
});

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    return String(error);
  }
}
