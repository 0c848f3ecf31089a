import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { Agent, type AgentOptions, request } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import pino from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createMetrics } from '../../src/server/metrics.ts';
import { serve } from '../../src/server/serve.ts';
import { type IssuedCertificate, issueCertificate } from '../../src/tls/authority.ts';
import { fileSource } from '../../src/tls/file-source.ts';
import { fakeClock, fakeLog, until } from '../support/tls-fakes.ts';

const NAME = 'keyfirst.system.svc';

let folder: string;
const cleanUps: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyfirst-reload-'));
});
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
  await rm(folder, { recursive: true });
});

const issue = (age = 0) =>
  issueCertificate({ podName: 'p', service: 'keyfirst', namespace: 'system', now: new Date(Date.now() - age), lifetime: 3_600_000 });
const serialOf = ({ certificate }: IssuedCertificate) => new X509Certificate(certificate).serialNumber;

/** Each file replaced in one step, the key first: for a moment the two do not belong together. */
async function write({ certificate, key }: IssuedCertificate): Promise<void> {
  for (const [name, text] of [
    ['tls.key', key],
    ['tls.crt', certificate],
  ] as const) {
    await writeFile(join(folder, 'new'), text);
    await rename(join(folder, 'new'), join(folder, name));
  }
}

async function startServer() {
  const clock = fakeClock();
  const lines: string[] = [];
  const [port, metricsPort] = [await freePort(), await freePort()];
  const server = await serve({
    port,
    metricsPort,
    drain: 0,
    source: fileSource({ certificateFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key'), log: fakeLog().log, clock }),
    metrics: createMetrics(),
    mutate: () => ({ outcome: 'skip', reason: 'not-annotated', answer: '"allowed":true' }),
    advise: async () => ({ outcome: 'silent', warnings: [] }),
    log: pino({}, { write: (line: string) => lines.push(line) }),
  });
  cleanUps.push(() => server.stop());
  const reloads = () => lines.filter((line) => line.includes('certificate renewed')).length;
  const reload = async (next: IssuedCertificate) => {
    const before = reloads();
    await write(next);
    await clock.advance(10_000);
    await until(() => reloads() > before);
  };
  return { port, reload };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  return port;
}

/** One call, and the serial number of what the server showed on its connection. `resumed`: its session is one from before. */
function call(port: number, agent: Agent): Promise<{ status: number; serial: string; resumed: boolean }> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, path: '/livez', agent }, (response) => {
      const { socket } = response;
      if (!(socket instanceof TLSSocket)) throw new Error('no TLS');
      const seen = {
        status: response.statusCode ?? 0,
        serial: socket.getPeerCertificate().serialNumber,
        resumed: socket.isSessionReused(),
      };
      response.resume().once('end', () => resolve(seen));
    });
    outgoing.once('error', reject);
    outgoing.end();
  });
}

function client(ca: string[], servername: string | undefined, more: AgentOptions = {}): Agent {
  const checkName = { checkServerIdentity: () => undefined };
  // Node sends no SNI for an address, and none where the name is empty.
  const agent = new Agent({ ca, servername: servername ?? '', ...checkName, ...more });
  cleanUps.push(async () => agent.destroy());
  return agent;
}

it('every client sees the new certificate at once, with SNI, without, and with a wrong one; nobody is cut off', async () => {
  const [first, second] = await Promise.all([issue(1_000), issue()]);
  await write(first);
  const { port, reload } = await startServer();
  const both = [first.ca, second.ca];
  const none = { maxCachedSessions: 0 };
  const fresh = { 'with SNI': NAME, 'without SNI': undefined, 'wrong SNI': 'somebody.else' };
  const kept = client(both, NAME, { keepAlive: true, maxSockets: 1 });
  for (const name of Object.values(fresh))
    expect(await call(port, client(both, name, none))).toMatchObject({ status: 200, serial: serialOf(first) });
  expect((await call(port, kept)).serial).toBe(serialOf(first));

  await reload(second);

  for (const [what, name] of Object.entries(fresh)) {
    // Trusts nothing but the new one: it is really that which is served.
    expect([what, await call(port, client([second.ca], name, none))]).toEqual([
      what,
      { status: 200, serial: serialOf(second), resumed: false },
    ]);
  }
  // A connection that was open goes on with what it was opened with.
  expect(await call(port, kept)).toMatchObject({ status: 200, serial: serialOf(first) });
});

it.each(['TLSv1.2', 'TLSv1.3'] as const)(
  'a client that would resume a session of %s from before is answered, and may go on',
  async (version) => {
    const [first, second] = await Promise.all([issue(1_000), issue()]);
    await write(first);
    const { port, reload } = await startServer();
    const resuming = client([first.ca, second.ca], NAME, { minVersion: version, maxVersion: version });
    expect((await call(port, resuming)).resumed).toBe(false);
    const again = await call(port, resuming);
    expect(again).toMatchObject({ status: 200, resumed: true });

    await reload(second);

    expect((await call(port, resuming)).status).toBe(200);
    expect((await call(port, client([second.ca], NAME, { minVersion: version, maxVersion: version }))).serial).toBe(serialOf(second));
  },
);

it('a file that is half-written never reaches a client', async () => {
  const [first, second] = await Promise.all([issue(1_000), issue()]);
  await write(first);
  const { port, reload } = await startServer();
  await writeFile(join(folder, 'tls.crt'), second.certificate.slice(0, 200));
  expect((await call(port, client([first.ca], NAME))).serial).toBe(serialOf(first));
  await reload(second);
  expect((await call(port, client([second.ca], NAME))).serial).toBe(serialOf(second));
});
