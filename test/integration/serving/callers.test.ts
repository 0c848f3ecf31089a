import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { Agent, type AgentOptions, request } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import pino from 'pino';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMetrics } from '../../../src/server/metrics.ts';
import { serve } from '../../../src/server/serve.ts';
import { callersCa } from '../../../src/tls/callers-ca.ts';
import type { ServingCertificate } from '../../../src/tls/source.ts';
import { makeCa, makeCaller, type Pair } from '../../support/caller-certificates.ts';
import { pod, review, workloadReview } from '../../support/pods.ts';
import { fixedSource, localCertificate } from '../../support/tls.ts';
import { fakeClock, until } from '../../support/tls-fakes.ts';

const NAMES = ['kube-apiserver', 'api.test'];
const POD = JSON.stringify(review(pod({}), 'uid-1'));
const WORKLOAD = JSON.stringify(workloadReview('Deployment', {}));

let serving: ServingCertificate;
let ca: Pair;
let other: Pair;
let good: Pair;
beforeAll(async () => {
  [serving, ca, other] = await Promise.all([localCertificate(), makeCa('callers'), makeCa('others')]);
  good = await makeCaller('kube-apiserver', { issuer: ca });
});

let folder: string;
const cleanUps: (() => unknown)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyfirst-callers-'));
});
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
  await rm(folder, { recursive: true });
});

async function start({ cas = [ca], names = NAMES }: { cas?: readonly Pair[]; names?: readonly string[] } = {}) {
  const clock = fakeClock();
  const lines: Record<string, unknown>[] = [];
  const log = pino({}, { write: (line: string) => lines.push(JSON.parse(line)) });
  const file = join(folder, 'ca.pem');
  const write = async (certificates: readonly Pair[]) => {
    await writeFile(`${file}.new`, certificates.map(({ cert }) => cert).join(''));
    await rename(`${file}.new`, file);
  };
  await write(cas);
  const source = fixedSource(serving);
  const [port, metricsPort] = [await freePort(), await freePort()];
  const server = await serve({
    port,
    metricsPort,
    drain: 0,
    source,
    callers: { ca: callersCa({ file, log, clock }), names },
    metrics: createMetrics(),
    mutate: () => ({ outcome: 'skip', reason: 'not-annotated', answer: '"allowed":true' }),
    advise: async () => ({ outcome: 'silent', warnings: [] }),
    log,
  });
  cleanUps.push(() => server.stop());
  const logged = (message: string) => lines.filter(({ msg }) => msg === message);
  return {
    source,
    mutate: { host: '127.0.0.1', port, path: '/mutate' },
    logged,
    agent(caller?: Pair, options: AgentOptions = {}) {
      const agent = new Agent({ ca: serving.certificate, ...caller, ...options });
      cleanUps.push(() => agent.destroy());
      return agent;
    },
    call: (agent: Agent, path = '/mutate', body: string | undefined = path === '/validate' ? WORKLOAD : POD) =>
      call(port, agent, path, body),
    get: (agent: Agent, path: string) => call(port, agent, path),
    metrics: async () => (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text(),
    async replace(certificates: readonly Pair[]) {
      const before = logged('CA of callers renewed').length;
      await write(certificates);
      await clock.advance(10_000);
      await until(() => logged('CA of callers renewed').length > before);
    },
  };
}

interface Seen {
  readonly status: number;
  readonly body: Record<string, unknown> & { message?: string };
  readonly resumed: boolean;
  /** Tells connections apart. */
  readonly from: number | undefined;
  readonly close: boolean;
}

function call(port: number, agent: Agent, path: string, body?: string): Promise<Seen> {
  const headers = body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, agent, method: body === undefined ? 'GET' : 'POST', headers };
    const outgoing = request(options, (response) => {
      const { socket } = response;
      if (!(socket instanceof TLSSocket)) throw new Error('no TLS');
      const seen = { resumed: socket.isSessionReused(), from: socket.localPort, close: response.headers.connection === 'close' };
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('end', () =>
        resolve({ ...seen, status: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString()) as Seen['body'] }),
      );
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

async function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

const answered = { status: 200, body: { kind: 'AdmissionReview' } };
const refused = (status: 401 | 403, problem: RegExp) => ({
  status,
  close: true,
  body: {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    code: status,
    reason: status === 401 ? 'Unauthorized' : 'Forbidden',
    message: expect.stringMatching(problem),
  },
});

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('callers by %s', (version) => {
  const only = { minVersion: version, maxVersion: version };

  it('with the right certificate are answered, with SNI, without, and with a wrong one', async () => {
    const server = await start();
    const byDns = await makeCaller('x', { issuer: ca, dnsNames: ['api.test'] });
    for (const servername of ['', 'localhost', 'keyfirst.system.svc']) {
      const options = { ...only, servername, checkServerIdentity: () => undefined };
      for (const caller of [good, byDns]) {
        const agent = server.agent(caller, options);
        for (const path of ['/mutate', '/validate']) expect(await server.call(agent, path)).toMatchObject(answered);
      }
    }
    expect(server.logged('callers refused')).toEqual([]);
  });

  it.each<[string, 401 | 403, RegExp, () => Promise<Pair | undefined>]>([
    ['without a certificate', 401, /the caller showed no client certificate/, async () => undefined],
    [
      'of another CA',
      403,
      /no CA in the file signed the client certificate \(its issuer is CN=others\)/,
      () => makeCaller('kube-apiserver', { issuer: other }),
    ],
    ['that signed itself', 403, /no CA in the file signed/, () => makeCa('kube-apiserver')],
    ['with another name', 403, /none of the allowed names \(it is for CN=kubelet/, () => makeCaller('kubelet', { issuer: ca })],
    ['whose certificate has ended', 403, /is valid from/, () => makeCaller('kube-apiserver', { issuer: ca, days: -1 })],
    ['with a certificate for servers', 403, /not for clients/, () => makeCaller('kube-apiserver', { issuer: ca, usage: 'server' })],
    [
      'of an intermediate CA that is not in the file',
      403,
      /its issuer is CN=middle/,
      async () => {
        const middle = await makeCa('middle', { issuer: ca });
        const { cert, key } = await makeCaller('kube-apiserver', { issuer: middle });
        return { cert: cert + middle.cert, key };
      },
    ],
  ])('%s are refused with %i, and told why', async (_what, status, problem, make) => {
    const server = await start();
    const agent = server.agent(await make(), only);

    for (const path of ['/mutate', '/validate', '/elsewhere'])
      expect(await server.call(agent, path, POD)).toMatchObject(refused(status, problem));

    expect(server.logged('admission')).toEqual([]);
    expect(server.logged('callers refused')).toEqual([
      expect.objectContaining({ calls: 1, problem: expect.stringMatching(problem), address: expect.stringContaining('127.0.0.1') }),
    ]);
    expect(await server.metrics()).toMatch(
      /keyfirst_admissions_total\{outcome="error",reason="unknown-caller"\} 2[\s\S]*keyfirst_validations_total\{outcome="error"\} 1/,
    );
  });

  it('of a CA that only has the name of ours are refused, or cut off in the handshake', async () => {
    const server = await start();
    const forged = await makeCaller('kube-apiserver', { issuer: await makeCa('callers') });
    const answer = await server.call(server.agent(forged, only)).catch((error: Error) => error);
    if (answer instanceof Error) expect(answer.message).toBe('socket hang up');
    else expect(answer).toMatchObject(refused(403, /no CA in the file signed/));
    expect(server.logged('admission')).toEqual([]);
  });

  it('never resume a session, so that each connection is judged by the CA of its own time', async () => {
    const server = await start();
    for (const caller of [undefined, good]) {
      const agent = server.agent(caller, only);
      for (let turn = 0; turn < 3; turn += 1) expect((await server.get(agent, '/livez')).resumed).toBe(false);
    }
  });

  it('are judged by the CA of the file as it is now, also on connections that were open before', async () => {
    const server = await start({ names: [] });
    const next = await makeCaller('kube-apiserver', { issuer: other });
    const kept = { ...only, keepAlive: true, maxSockets: 1 };
    const [ofFirst, ofNext] = [server.agent(good, kept), server.agent(next, kept)];
    const first = await server.call(ofFirst);
    expect(first).toMatchObject(answered);
    expect(await server.call(ofNext)).toMatchObject(refused(403, /no CA in the file/));

    await server.replace([ca, other]);
    expect(await server.call(ofNext)).toMatchObject(answered);
    expect(await server.call(ofFirst)).toMatchObject({ ...answered, from: first.from });

    await server.replace([other]);
    expect(await server.call(ofFirst)).toMatchObject({ ...refused(403, /no CA in the file/), from: first.from });
    expect(await server.call(ofFirst)).toMatchObject(refused(403, /no CA in the file/));
    expect(await server.call(server.agent(good, only))).toMatchObject(refused(403, /no CA in the file/));
    expect(await server.call(ofNext)).toMatchObject(answered);
  });

  it('are judged as before when the serving certificate is renewed', async () => {
    const server = await start();
    const renewed = await localCertificate();
    server.source.renew(renewed);
    const trusting = { ...only, ca: renewed.certificate };

    expect(await server.call(server.agent(good, trusting))).toMatchObject(answered);
    expect(await server.call(server.agent(undefined, trusting))).toMatchObject(refused(401, /no client certificate/));
    const stranger = await makeCaller('kube-apiserver', { issuer: other });
    expect(await server.call(server.agent(stranger, trusting))).toMatchObject(refused(403, /no CA in the file/));
  });
});

describe('the check of callers', () => {
  it('lets everybody read probes and metrics', async () => {
    const server = await start();
    const agent = server.agent();
    expect(await server.get(agent, '/livez')).toMatchObject({ status: 200, body: { status: 'alive' } });
    expect(await server.get(agent, '/readyz')).toMatchObject({ status: 200, body: { status: 'ready' } });
    server.source.reason = 'not yet';
    expect(await server.get(agent, '/readyz')).toMatchObject({ status: 503 });
    expect(await server.metrics()).toContain('keyfirst_ready 0');
  });

  it('refuses a certificate that ends while its connection stays open', async () => {
    const server = await start();
    const agent = server.agent(good, { keepAlive: true, maxSockets: 1 });
    const { from } = await server.call(agent);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2 * 86_400_000 });
    cleanUps.push(() => vi.useRealTimers());

    expect(await server.call(agent)).toMatchObject({ ...refused(403, /the client certificate is valid from/), from });
  });

  it('takes an intermediate CA that is in the file, and a certificate without any extended usage', async () => {
    const middle = await makeCa('middle', { issuer: ca });
    const server = await start({ cas: [ca, middle] });
    for (const issuer of [ca, middle]) {
      const caller = await makeCaller('kube-apiserver', { issuer, usage: 'any' });
      expect(await server.call(server.agent(caller))).toMatchObject(answered);
    }
  });

  it('keeps nothing of what strangers send, so that half a body takes no place in the queue', async () => {
    const server = await start();
    const outgoing = request({ ...server.mutate, agent: server.agent(), method: 'POST', headers: { 'content-length': 20_000_000 } });
    outgoing.write(Buffer.alloc(10_000_000));
    await until(() => server.logged('callers refused').length === 1);
    expect(await server.metrics()).toContain('keyfirst_admissions_in_flight 0');

    outgoing.end(Buffer.alloc(10_000_000));
    const [response] = await once(outgoing, 'response');
    expect(response.statusCode).toBe(401);
    outgoing.destroy();
  });

  it('is no work: strangers hold up nobody, and their number stands in one line', async () => {
    const server = await start();
    const stranger = server.agent();
    const calls = Array.from({ length: 200 }, () => server.call(stranger, '/mutate', POD));
    const answers = await Promise.all([...calls, server.call(server.agent(good))]);

    expect(answers.pop()).toMatchObject(answered);
    expect(answers.filter(({ status }) => status !== 401)).toEqual([]);
    expect(server.logged('callers refused')).toHaveLength(1);
    const metrics = await server.metrics();
    expect(metrics).toContain('keyfirst_admissions_total{outcome="error",reason="unknown-caller"} 200');
    expect(metrics).toContain('keyfirst_admissions_in_flight 0');
    expect(metrics).not.toContain('reason="overloaded"');
  });
});

describe('a webhook that is told who may ask', () => {
  const started = (env: Record<string, string>) =>
    spawnSync(process.execPath, ['src/main.ts'], {
      env: { KEYFIRST_TLS_CERT: '/none/tls.crt', KEYFIRST_TLS_KEY: '/none/tls.key', ...env },
      encoding: 'utf8',
    });

  it.each<[string, () => string, string]>([
    ['empty', () => '', 'holds no certificate'],
    ['a client certificate', () => good.cert, 'CN=kube-apiserver is no CA'],
    ['a key', () => ca.key, 'holds a private key'],
  ])('does not start with a CA file that is %s', async (_what, text, problem) => {
    const file = join(folder, 'ca.pem');
    await writeFile(file, text());
    const { status, stderr } = started({ KEYFIRST_CALLERS_CA: file });
    expect(stderr).toContain(`keyfirst webhook: the CA file of callers (KEYFIRST_CALLERS_CA) is not in order:\n- ${file}: ${problem}`);
    expect(status).toBe(1);
  });

  it('does not start without the file, nor with names alone', () => {
    expect(started({ KEYFIRST_CALLERS_CA: '/none/ca.pem' }).stderr).toContain('/none/ca.pem: cannot be read (ENOENT)');
    expect(started({ KEYFIRST_CALLERS_NAMES: 'api' }).stderr).toContain('KEYFIRST_CALLERS_NAMES is set without KEYFIRST_CALLERS_CA');
  });
});
