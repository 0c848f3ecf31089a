import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call } from '../../support/https.ts';
import { pod, review, SETTINGS_TEXT } from '../../support/pods.ts';
import { type WebhookProcess, webhookProcess } from '../../support/webhook-process.ts';

const BODY = JSON.stringify(review(pod({ 'keyfirst.dev/file.x': 'vault://secret/shop/db#password' })));
const HEAD = `POST /mutate HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${BODY.length}\r\n`;
const EACH = 20;

/** What callers do that never get to the end of anything, with the server's own time-outs. */
describe('callers that are slow on purpose', () => {
  let webhook: WebhookProcess;
  const sockets: Socket[] = [];

  beforeAll(async () => {
    webhook = await webhookProcess(SETTINGS_TEXT);
    await webhook.logged('listening');
  });
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    await webhook[Symbol.asyncDispose]();
  });

  const kept = <Kind extends Socket>(socket: Kind): Kind => {
    sockets.push(socket);
    // A server that closes in the middle may do so with a reset.
    socket.on('error', () => undefined);
    return socket;
  };
  const tcp = async () => {
    const socket = kept(connectTcp(webhook.port, '127.0.0.1'));
    await once(socket, 'connect');
    return socket;
  };
  const tls = async () => {
    const socket = kept(connectTls({ port: webhook.port, host: '127.0.0.1', ca: webhook.ca }));
    await once(socket, 'secureConnect');
    socket.resume();
    return socket;
  };
  /** Writes the rest a byte a second until the server has had enough; resolves when the connection is closed. */
  const drip = async (socket: Socket, rest: string): Promise<void> => {
    const closed = once(socket, 'close');
    const stop = new AbortController();
    void closed.then(() => stop.abort());
    for (const byte of rest) {
      if (stop.signal.aborted) break;
      socket.write(byte);
      await wait(1000, undefined, { signal: stop.signal }).catch(() => undefined);
    }
    await closed;
  };

  it('are cut off, one and all, while others are served and probes answered', async () => {
    const slow = await Promise.all(
      Array.from({ length: EACH }, async () => [
        once(await tcp(), 'close'),
        drip(await tls(), HEAD),
        tls().then((socket) => {
          socket.write(`${HEAD}\r\n`);
          return drip(socket, BODY);
        }),
      ]),
    );
    const left = new Set(slow.flat());
    const all = Promise.all([...left].map((one) => one.then(() => left.delete(one))));
    let served = 0;
    while (left.size > 0) {
      const { port, ca } = webhook;
      expect((await call({ port, ca, path: '/mutate', method: 'POST', body: BODY })).status).toBe(200);
      expect((await call({ port, ca, path: '/readyz' })).status).toBe(200);
      served += 1;
      await wait(500);
    }
    await all;

    expect(served).toBeGreaterThan(2);
    expect(await webhook.metrics()).toContain('keyfirst_admissions_in_flight 0');
  }, 120_000);
});
