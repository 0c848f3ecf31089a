import { once } from 'node:events';
import { Agent, createServer, get, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { TLSSocket } from 'node:tls';
import { afterEach, expect, it } from 'vitest';
import { selfMadeSource } from '../../src/tls/self-made-source.ts';
import type { CertificateSource } from '../../src/tls/source.ts';
import { fakeClock, fakeConfigurations, fakeLog, fakePods, quiet, until } from '../support/tls-fakes.ts';

const NAME = 'keyfirst.system.svc';
const HOUR = 3_600_000;

let source: CertificateSource | undefined;
let server: Server | undefined;
afterEach(async () => {
  await source?.stop();
  server?.closeAllConnections();
  server?.close();
});

/** Calls as the API server does: trusts only the bundle, expects the Service's name. Gives the serial number it was shown. */
async function call(port: number, caBundle: string, agent?: Agent): Promise<string> {
  const request = get({
    host: '127.0.0.1',
    port,
    servername: NAME,
    ca: Buffer.from(caBundle, 'base64').toString(),
    headers: { host: NAME },
    ...(agent === undefined ? { agent: false } : { agent }),
  });
  const [response] = await once(request, 'response');
  const { socket } = request;
  response.resume();
  await once(response, 'end');
  if (!(socket instanceof TLSSocket)) throw new Error('no TLS');
  return socket.getPeerCertificate().serialNumber;
}

it('every call succeeds with the bundle of its moment, before, during and after a renewal, also on a kept connection', async () => {
  const clock = fakeClock();
  const configurations = fakeConfigurations();
  source = selfMadeSource({
    configurationName: 'keyfirst',
    service: 'keyfirst',
    namespace: 'system',
    podName: 'pod-a',
    configurations: configurations.api,
    pods: fakePods().api,
    log: fakeLog().log,
    clock,
    lifetime: HOUR,
    random: () => 0.5,
  });
  let renewals = 0;
  const listening = createServer((_request, response) => response.end('ok'));
  server = listening;
  const first = await source.start(({ certificate, key }) => {
    listening.setSecureContext({ cert: certificate, key });
    renewals += 1;
  });
  listening.setSecureContext({ cert: first.certificate, key: first.key });
  listening.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const { port } = listening.address() as AddressInfo;
  const bundle = () => configurations.bundles()[0] ?? '';
  await quiet();
  await expect(call(port, Buffer.from('').toString('base64'))).rejects.toThrow(/self-signed|unable to verify/);

  const kept = new Agent({ keepAlive: true, maxSockets: 1 });
  const bundleOfKept = bundle();
  const serials = [await call(port, bundle()), await call(port, bundleOfKept, kept)];
  await clock.advance((HOUR * 2) / 3);
  await until(() => bundle().length > 1_200);
  for (let step = 0; step < 8; step += 1) {
    serials.push(await call(port, bundle()));
    await clock.advance(500);
  }
  await until(() => renewals === 1);
  serials.push(await call(port, bundle()));

  expect(new Set(serials).size).toBe(2);
  expect(serials.at(-1)).not.toBe(serials[0]);
  expect(await call(port, bundleOfKept, kept)).toBe(serials[0]);
  kept.destroy();
});
