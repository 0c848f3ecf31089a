import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import { connect } from 'node:tls';
import fc from 'fast-check';
import pino from 'pino';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { mutatePod } from '../../src/admission/mutate-pod.ts';
import { verdictOf } from '../../src/admission/verdict.ts';
import { createApp } from '../../src/app.ts';
import type { AccountReader } from '../../src/server/admit.ts';
import { advise } from '../../src/server/advise.ts';
import { createMetrics } from '../../src/server/metrics.ts';
import { serve } from '../../src/server/serve.ts';
import type { ServingCertificate } from '../../src/tls/source.ts';
import { call } from '../support/https.ts';
import { ASKING, decision, pod, review, workloadReview } from '../support/pods.ts';
import { fixedSource, localCertificate } from '../support/tls.ts';

let certificate: ServingCertificate;
const running: { stop(): Promise<void> }[] = [];

beforeAll(async () => {
  certificate = await localCertificate();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

async function start(options: { drain?: number; mutate?: typeof mutatePod; accounts?: AccountReader } = {}) {
  const lines: string[] = [];
  const source = fixedSource(certificate);
  const settings = decision();
  const [port, metricsPort] = [await freePort(), await freePort()];
  const server = await serve({
    port,
    metricsPort,
    drain: options.drain ?? 0,
    source,
    metrics: createMetrics(),
    mutate: (object, namespace) => verdictOf((options.mutate ?? mutatePod)(object, namespace, settings)),
    advise: (workload) => advise(workload, settings, options.accounts),
    log: pino({ level: 'debug' }, { write: (line: string) => lines.push(line) }),
  });
  running.push(server);
  const ca = certificate.certificate;
  const send = (body: string | Uint8Array, type?: string, path = '/mutate') =>
    call({ port, path, ca, method: 'POST', body, ...(type ? { type } : {}) });
  /** What is answered to the beginning of a request. */
  const begin = async (head: string): Promise<string> => {
    const socket = connect({ port, host: '127.0.0.1', ca });
    socket.write(head);
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    return chunk.toString();
  };
  return {
    port,
    metricsPort,
    begin,
    source,
    server,
    lines,
    send,
    get: (path: string) => call({ port, path, ca }),
    admissions: () => lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'admission'),
    metrics: async () => (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text(),
  };
}

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

describe('POST /mutate', () => {
  it('answers an asking pod with a base64 JSON patch, one log line and one metric', async () => {
    const server = await start();

    const answer = await server.send(JSON.stringify(review(pod(), 'uid-1')));

    expect(answer.status).toBe(200);
    const { response, kind, apiVersion } = JSON.parse(answer.body);
    expect({ kind, apiVersion }).toEqual({ kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1' });
    expect(response).toMatchObject({ uid: 'uid-1', allowed: true, patchType: 'JSONPatch' });
    expect(JSON.parse(Buffer.from(response.patch, 'base64').toString())).toContainEqual(
      expect.objectContaining({ path: '/spec/initContainers' }),
    );
    expect(server.admissions()).toEqual([
      expect.objectContaining({
        uid: 'uid-1',
        namespace: 'shop',
        pod: 'shop',
        dryRun: false,
        outcome: 'inject',
        reason: '',
        milliseconds: expect.any(Number),
      }),
    ]);
    expect(await server.metrics()).toContain('keyfirst_admissions_total{outcome="inject",reason=""} 1');
  });

  it('refuses with 200, allowed false, and every problem in the message', async () => {
    const server = await start();

    const answer = await server.send(
      JSON.stringify(review(pod({ 'keyfirst.dev/file.a': 'pasted-canary', 'keyfirst.dev/deadline': 'soon' }))),
    );

    const { response } = JSON.parse(answer.body);
    expect(answer.status).toBe(200);
    expect(response).toMatchObject({ allowed: false, status: { code: 400 } });
    expect(response.status.message).toMatch(/2 problems.*keyfirst\.dev\/deadline: "soon".*keyfirst\.dev\/file\.a: is not a reference/s);
    expect(answer.body + server.lines.join('')).not.toContain('canary');
    expect(response).not.toHaveProperty('patch');
  });

  it('lets a pod that asks for nothing through without a patch', async () => {
    const server = await start();

    const { response } = JSON.parse((await server.send(JSON.stringify(review(pod({}))))).body);

    expect(response).toEqual({ uid: 'b1f3', allowed: true });
    expect(server.admissions()).toEqual([expect.objectContaining({ outcome: 'skip', reason: 'not-annotated' })]);
  });

  it('passes warnings on, and logs a generated name', async () => {
    const server = await start();
    const sharing = pod(ASKING, { shareProcessNamespace: true });
    sharing.metadata = { ...sharing.metadata, name: null, generateName: 'shop-7d-' };
    delete sharing.metadata.name;

    const { response } = JSON.parse((await server.send(JSON.stringify(review(sharing)))).body);

    expect(response.warnings).toEqual([expect.stringMatching(/^keyfirst: the pod sets shareProcessNamespace/)]);
    expect(server.admissions()).toEqual([expect.objectContaining({ pod: 'shop-7d-' })]);
  });

  it('never logs a body, also when it fails unexpectedly', async () => {
    const server = await start({
      mutate: (object) => {
        throw new Error(`broken on ${JSON.stringify(object)}`);
      },
    });

    const answer = await server.send(JSON.stringify(review(pod({ ...ASKING, canary: 'hunter2-canary' }))));

    expect(answer.status).toBe(500);
    expect(server.lines.join('') + answer.body).not.toContain('canary');
    expect(server.lines.join('')).toContain('server.test.ts');
    expect(await server.metrics()).toContain('keyfirst_admissions_total{outcome="error",reason="internal"} 1');
  });

  it.each([
    ['nothing', ''],
    ['text', 'hello'],
    ['half a review', JSON.stringify(review(pod())).slice(0, 200)],
    ['another kind', JSON.stringify({ apiVersion: 'v1', kind: 'Pod' })],
    ['a review of another version', JSON.stringify({ ...review(pod()), apiVersion: 'admission.k8s.io/v1beta1' })],
    ['a review of a Deployment', JSON.stringify(review(pod())).replace('"kind":"Pod"', '"kind":"Deployment"')],
    ['a review of a deletion', JSON.stringify(review(pod())).replace('CREATE', 'DELETE')],
    ['a review without uid', JSON.stringify(review(pod(), ''))],
    ['null', 'null'],
    ['broken UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22])],
  ])('answers 400 to %s', async (_name, body) => {
    const server = await start();

    const answer = await server.send(body);

    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body).error).toEqual(expect.any(String));
  });

  it('answers 413 above 7 MiB, 415 to other types, 404 to other paths', async () => {
    const server = await start();

    const large = await server.send(Buffer.alloc(7 * 1024 * 1024 + 1, 0x20)).catch((error: NodeJS.ErrnoException) => error.code);
    const typed = await server.send('{}', 'text/plain');
    const lost = await server.get('/nothing');

    // The server may close the connection while the client still writes.
    expect(typeof large === 'object' ? large.status : large).toSatisfy(
      (outcome) => outcome === 413 || outcome === 'EPIPE' || outcome === 'ECONNRESET',
    );
    expect(typed.status).toBe(415);
    expect(lost.status).toBe(404);
    expect((await server.send(JSON.stringify(review(pod())))).status).toBe(200);
  });

  it.each(['PUT /mutate', 'DELETE /livez', 'POST /nothing', 'POST /livez'])('answers %s before its body comes', async (line) => {
    const server = await start();

    expect(await server.begin(`${line} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 7000000\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 404 .*connection: close/s,
    );
  });

  it('answers nothing but GET /metrics on the port of metrics, and reads no body', async () => {
    const server = await start();
    const url = `http://127.0.0.1:${server.metricsPort}`;

    expect((await fetch(`${url}/metrics`, { method: 'POST', body: 'x'.repeat(100_000) })).status).toBe(404);
    expect((await fetch(`${url}/other`)).status).toBe(404);
    expect((await fetch(`${url}/metrics`)).status).toBe(200);
  });

  it('counts requests that it refuses, without a duration', async () => {
    const server = await start();

    await server.send('{}', 'text/plain');

    const metrics = await server.metrics();
    expect(metrics).toContain('keyfirst_admissions_total{outcome="error",reason="refused-request"} 1');
    expect(metrics).not.toContain('keyfirst_admission_duration_seconds_count');
  });

  it('measures from before the body arrives', async () => {
    const server = await start();
    const body = JSON.stringify(review(pod()));
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), expect: '100-continue' };
    const options = { host: '127.0.0.1', port: server.port, ca: certificate.certificate, servername: 'localhost' };
    const late = request({ ...options, path: '/mutate', method: 'POST', headers });

    late.flushHeaders();
    await once(late, 'continue'); // the server has the headers
    await wait(60);
    const answered = once(late, 'response');
    late.end(body);
    const [answer] = await answered;
    answer.resume();

    expect(answer.statusCode).toBe(200);
    expect(server.admissions()[0].milliseconds).toBeGreaterThan(50);
  });

  it('takes a pod just below the limit, and one nested a hundred thousand deep', async () => {
    const server = await start();
    const big = pod(ASKING);
    big.metadata = { ...big.metadata, padding: 'x'.repeat(6_900_000) };
    const deep = JSON.stringify(review(pod())).replace('"spec":', `"deep":${'['.repeat(100_000)}${']'.repeat(100_000)},"spec":`);

    expect(JSON.parse((await server.send(JSON.stringify(review(big)))).body).response.allowed).toBe(true);
    expect(JSON.parse((await server.send(deep)).body).response.allowed).toBe(true);
  });

  it('answers 1,500 broken reviews with 400 or a reason, and a good one after them', async () => {
    const server = await start();
    const agent = new Agent({ keepAlive: true, ca: certificate.certificate });
    const good = JSON.stringify(review(pod({ ...ASKING, 'keyfirst.dev/secrets': '- {file: a, from: "vault://a/b#c"}' })));
    const scalar = fc.oneof(fc.jsonValue(), fc.constant(null), fc.string(), fc.integer(), fc.constant([]), fc.constant({}));
    const broken = fc.oneof(
      fc.nat(good.length).map((end) => good.slice(0, end)),
      fc
        .tuple(fc.nat(good.length), fc.string({ minLength: 1, maxLength: 3 }))
        .map(([at, text]) => good.slice(0, at) + text + good.slice(at + 1)),
      fc.tuple(fc.nat(60), scalar).map(([at, value]) => replaceNode(JSON.parse(good), at, value)),
      fc.string(),
    );

    await fc.assert(
      fc.asyncProperty(broken, async (body) => {
        const answer = await call({ port: server.port, path: '/mutate', ca: certificate.certificate, method: 'POST', body, agent });

        expect([200, 400]).toContain(answer.status);
        const json = JSON.parse(answer.body);
        if (answer.status === 200 && !json.response.allowed) expect(json.response.status.message).toMatch(/Keyfirst found/);
        if (answer.status === 400) expect(json.error).toEqual(expect.any(String));
      }),
      { numRuns: 1500 },
    );

    expect((await server.send(good)).status).toBe(200);
    agent.destroy();
  });
});

/** The document with its nth node (depth first) replaced. */
function replaceNode(document: unknown, at: number, value: unknown): string {
  let count = 0;
  return JSON.stringify(document, (_key, node) => (count++ === at ? value : node)) ?? 'null';
}

describe('POST /validate', () => {
  const deployment = (annotations: Record<string, string>, own: Record<string, string> = {}) => ({
    metadata: { name: 'web', annotations: own },
    spec: { template: { metadata: { annotations }, spec: pod().spec } },
  });
  const ask = async (server: Awaited<ReturnType<typeof start>>, object: unknown, uid = 'uid-1') => {
    const answer = await server.send(JSON.stringify(workloadReview('Deployment', object, { uid })), undefined, '/validate');
    return { status: answer.status, ...JSON.parse(answer.body) };
  };
  const validations = (server: Awaited<ReturnType<typeof start>>) =>
    server.lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'validation');

  it('allows a workload whose pods will be refused, with warnings, one log line and a metric of its own', async () => {
    const server = await start();

    const answer = await ask(server, deployment({ 'keyfirst.dev/file.a': 'pasted-canary' }, { 'keyfirst.dev/file.b': 'other-canary' }));

    expect(answer).toMatchObject({ status: 200, apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' });
    expect(answer.response).toEqual({
      uid: 'uid-1',
      allowed: true,
      warnings: [
        'keyfirst: the pods of this Deployment will be refused until this is solved:',
        expect.stringMatching(/^keyfirst: keyfirst\.dev\/file\.a: is not a reference/),
        expect.stringMatching(/^keyfirst: keyfirst\.dev\/file\.b does nothing outside the pod template/),
      ],
    });
    expect(validations(server)).toEqual([
      expect.objectContaining({ uid: 'uid-1', namespace: 'shop', kind: 'Deployment', name: 'web', outcome: 'warned', warnings: 3 }),
    ]);
    const metrics = await server.metrics();
    expect(metrics).toContain('keyfirst_validations_total{outcome="warned"} 1');
    expect(metrics).not.toMatch(/^keyfirst_admissions_total\{/m);
    expect(JSON.stringify(answer) + server.lines.join('')).not.toContain('canary');
  });

  it('has nothing to say of a good one', async () => {
    const server = await start();

    expect((await ask(server, deployment(ASKING))).response).toEqual({ uid: 'uid-1', allowed: true });
    expect(await server.metrics()).toContain('keyfirst_validations_total{outcome="silent"} 1');
  });

  it('counts what it could not find out', async () => {
    const accounts = { annotations: () => Promise.reject(new Error('away')) };
    const server = await start({ accounts });

    expect((await ask(server, deployment({ 'keyfirst.dev/file.a': 'azure-kv://shop-vault/a' }))).response).not.toHaveProperty('warnings');
    expect(await server.metrics()).toContain('keyfirst_validations_total{outcome="unknown"} 1');
  });

  it('answers what is no review of a workload with 400 and goes on', async () => {
    const server = await start();

    expect((await server.send('{', undefined, '/validate')).status).toBe(400);
    expect((await server.send(JSON.stringify(review(pod())), undefined, '/validate')).status).toBe(400);
    expect((await server.send('x', 'text/plain', '/validate')).status).toBe(415);
    expect((await ask(server, null)).response).toEqual({ uid: 'uid-1', allowed: true });
    const metrics = await server.metrics();
    expect(metrics).toContain('keyfirst_validations_total{outcome="error"} 3');
    expect(metrics).not.toMatch(/^keyfirst_admissions_total\{/m);
  });
});

describe('connections', () => {
  it('outlive the 90 s for which the API server keeps idle ones', async () => {
    const app = createApp({
      certificate,
      mutate: (object, namespace) => verdictOf(mutatePod(object, namespace, decision())),
      advise: async () => ({ outcome: 'silent', warnings: [] }),
      metrics: createMetrics(),
      log: pino({ enabled: false }),
      notReady: () => undefined,
      stopping: () => false,
    });
    await app.listen({ host: '127.0.0.1', port: 0 });

    const { keepAliveTimeout, headersTimeout, requestTimeout } = app.server;
    await app.close();

    expect({ keepAliveTimeout, headersTimeout, requestTimeout }).toEqual({
      keepAliveTimeout: 120_000,
      headersTimeout: 15_000,
      requestTimeout: 15_000,
    });
  });
});

describe('probes', () => {
  it('tell readiness with its reason', async () => {
    const server = await start();

    server.source.reason = 'the API server does not trust us yet';
    const waiting = await server.get('/readyz');
    server.source.reason = undefined;

    expect(waiting).toMatchObject({ status: 503, body: expect.stringContaining('does not trust us yet') });
    expect((await server.get('/readyz')).status).toBe(200);
    expect((await server.get('/livez')).status).toBe(200);
  });
});

describe('certificates', () => {
  it('are swapped without a restart, also for clients that send no server name', async () => {
    const server = await start();
    const next = await localCertificate();
    const served = (options: object) =>
      new Promise<string>((resolve, reject) => {
        const socket = connect({ host: '127.0.0.1', port: server.port, rejectUnauthorized: false, ...options }, () => {
          const peer = socket.getPeerX509Certificate();
          socket.destroy();
          resolve(peer?.fingerprint256 ?? '');
        }).on('error', reject);
      });

    server.source.renew(next);

    const expected = new X509Certificate(next.certificate).fingerprint256;
    expect(await served({})).toBe(expected);
    expect(await served({ servername: 'localhost' })).toBe(expected);
    expect(await server.metrics()).toContain(`keyfirst_certificate_expiry_timestamp_seconds ${next.notAfter.getTime() / 1000}`);
  });
});

describe('stopping', () => {
  it('is not ready at once, goes on serving while it drains, closes connections, then is gone', async () => {
    const server = await start({ drain: 300 });
    const agent = new Agent({ keepAlive: true });
    const body = JSON.stringify(review(pod()));
    const send = () => call({ port: server.port, path: '/mutate', ca: certificate.certificate, method: 'POST', body, agent });
    expect((await send()).headers.connection).toBe('keep-alive');

    const stopped = server.server.stop();

    expect((await server.get('/readyz')).status).toBe(503);
    expect(await send()).toMatchObject({ status: 200, headers: { connection: 'close' } });
    await stopped;
    running.splice(0);
    await expect(send()).rejects.toThrow(/ECONNREFUSED/);
    agent.destroy();
  });

  it('does not lose a call under load', async () => {
    const server = await start({ drain: 5000 });
    const agent = new Agent({ keepAlive: true, maxSockets: 8 });
    const body = JSON.stringify(review(pod()));
    const send = () => call({ port: server.port, path: '/mutate', ca: certificate.certificate, method: 'POST', body, agent });

    const calls = Array.from({ length: 60 }, send);
    const stopped = server.server.stop();
    const answers = await Promise.all(calls);
    await stopped;
    running.splice(0);

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    agent.destroy();
  });
});
