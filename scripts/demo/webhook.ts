import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { generate } from 'selfsigned';
import * as z from 'zod';
import { freePorts, type Running, type Stage } from './stage.ts';
import { SETTINGS } from './story.ts';

const PROGRAM = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const LONGEST_START = 20_000;
const POLL = 20;

/** What the demo reads of an admission review's answer. */
const Answer = z.object({
  response: z.object({
    allowed: z.boolean(),
    patch: z.base64().optional(),
    status: z.object({ message: z.string().optional() }).optional(),
  }),
});
export type AdmissionAnswer = z.infer<typeof Answer>['response'];

export interface Webhook {
  readonly running: Running;
  readonly url: string;
  /** Milliseconds since the epoch when `/readyz` said yes. */
  readonly ready: number;
  /** Sends the review of a new pod, as the API server would; trusts only the certificate made for this run. */
  review(pod: unknown): Promise<AdmissionAnswer>;
}

/** Starts the real webhook over TLS with a certificate made for it, and waits until it is ready. */
export async function startWebhook(stage: Stage): Promise<Webhook> {
  const certificate = await generate([{ name: 'commonName', value: 'localhost' }], {
    algorithm: 'sha256',
    keyType: 'ec',
    extensions: [
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
    ],
  });
  const [port = 0, metricsPort = 0] = await freePorts(2);
  const running = stage.start(PROGRAM, {
    KEYFIRST_PORT: String(port),
    KEYFIRST_METRICS_PORT: String(metricsPort),
    KEYFIRST_TLS_CERT: write(stage, 'tls.crt', certificate.cert),
    KEYFIRST_TLS_KEY: write(stage, 'tls.key', certificate.private),
    KEYFIRST_SETTINGS: write(stage, 'settings.yaml', SETTINGS),
  });
  const call = (method: string, path: string, body?: string) => send({ port, ca: certificate.cert, method, path }, body);
  await untilReady(running, () => call('GET', '/readyz'));
  return {
    running,
    url: `https://localhost:${port}/mutate`,
    ready: Date.now(),
    async review(pod) {
      const { status, body } = await call('POST', '/mutate', JSON.stringify(reviewOf(pod)));
      if (status !== 200) throw new Error(`the webhook answered the review with HTTP ${status}: ${body}`);
      return Answer.parse(JSON.parse(body)).response;
    },
  };
}

function write({ directory }: Stage, name: string, content: string): string {
  const path = join(directory, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

async function untilReady(running: Running, probe: () => Promise<{ status: number }>): Promise<void> {
  const ended = running.ended.then(
    () => true,
    () => true,
  );
  const deadline = Date.now() + LONGEST_START;
  let gone = false;
  while (!gone && Date.now() < deadline) {
    const answer = await probe().catch(() => undefined);
    if (answer?.status === 200) return;
    gone = await Promise.race([ended, wait(POLL, false)]);
  }
  const said = `${running.stderr()}${running.stdout()}`.trim() || 'it said nothing';
  throw new Error(`the webhook ${gone ? 'ended' : `was not ready within ${LONGEST_START / 1000} s`}; ${said}`);
}

function reviewOf(pod: unknown) {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: randomUUID(),
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      namespace: 'demo',
      operation: 'CREATE',
      userInfo: { username: 'demo' },
      object: pod,
      dryRun: false,
    },
  };
}

function send(options: { port: number; ca: string; method: string; path: string }, body?: string) {
  return new Promise<{ status: number; body: string }>((resolve, reject) => {
    // 127.0.0.1, because `localhost` may mean ::1; the certificate is checked for the name all the same.
    const headers = body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const call = request({ ...options, host: '127.0.0.1', servername: 'localhost', agent: false, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => void chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }));
      response.on('error', reject);
    });
    call.on('error', reject);
    call.end(body);
  });
}
