import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { create, kubectl } from './kubectl.ts';
import { localCertificate } from './tls.ts';

/** How a webhook of someone else stands to ours. */
export interface Standing {
  /** Also the label `typed` of the pods that it sees. */
  readonly name: string;
  /** The API server calls webhooks in the order of their configurations' names; ours is `00-keyfirst`. */
  readonly order: 'before' | 'after';
  readonly reinvocationPolicy: 'Never' | 'IfNeeded';
}

export interface TypedWebhook extends AsyncDisposable {
  /** Fields that it dropped, as `<pod> <JSON pointer>`. */
  readonly dropped: readonly string[];
}

/**
 * Starts test/fixtures/typed-webhook on this machine, where the API server of a cluster of `test/cluster` (its folder is
 * given) reaches it, and registers it once for each standing.
 */
export async function startTypedWebhook(folder: string, standings: readonly Standing[]): Promise<TypedWebhook> {
  const { certificate, key } = await localCertificate();
  const files = { certificate: join(folder, 'typed-webhook.crt'), key: join(folder, 'typed-webhook.key') };
  writeFileSync(files.certificate, certificate);
  writeFileSync(files.key, key);
  const child = spawn('typed-webhook', [files.certificate, files.key], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve, reject) => {
    child.once('exit', () => resolve());
    child.once('error', reject);
  });
  const lines: string[] = [];
  const port = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => (lines.push(line) === 1 ? resolve(line) : undefined));
    ended.then(() => reject(new Error('typed-webhook ended')), reject);
  });
  const caBundle = Buffer.from(certificate).toString('base64');
  const names = standings.map(({ name, order }) => `${order === 'before' ? '0' : 'z'}-typed-${name}`);
  const stop = async () => {
    await kubectl('delete', 'mutatingwebhookconfigurations', ...names, '--ignore-not-found');
    child.kill();
    await ended;
  };
  try {
    await create(
      ...standings.map(({ name, reinvocationPolicy }, index) => ({
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'MutatingWebhookConfiguration',
        metadata: { name: names[index] },
        webhooks: [
          {
            name: 'pods.typed-webhook.test',
            clientConfig: { url: `https://127.0.0.1:${port}/`, caBundle },
            rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }],
            objectSelector: { matchLabels: { typed: name } },
            admissionReviewVersions: ['v1'],
            sideEffects: 'None',
            reinvocationPolicy,
          },
        ],
      })),
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    get dropped() {
      return lines.slice(1);
    },
    [Symbol.asyncDispose]: stop,
  };
}
