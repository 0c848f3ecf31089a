import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { type Answer, call } from '../../support/https.ts';
import { pod, review, SETTINGS_TEXT } from '../../support/pods.ts';
import { webhookProcess } from '../../support/webhook-process.ts';

const BODY = JSON.stringify(review(pod()));

describe('SIGTERM', () => {
  it('costs no call on connections that send without pause, and ends with exit code 0, also when it comes twice', async () => {
    await using webhook = await webhookProcess(SETTINGS_TEXT, { drainSeconds: 2 });
    await webhook.logged('listening');
    const { port, ca } = webhook;
    const agents = Array.from({ length: 30 }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
    const answers: Answer[] = [];
    const failures: { code: unknown; at: number }[] = [];
    const senders = agents.map(async (agent) => {
      for (;;) {
        try {
          answers.push(await call({ port, path: '/mutate', ca, method: 'POST', body: BODY, agent }));
        } catch (error) {
          failures.push({ code: error instanceof Error && 'code' in error ? error.code : error, at: performance.now() });
          return;
        }
      }
    });

    while (answers.length < 300) await once(webhook.process.stdout ?? webhook.process, 'data');
    const before = answers.length;
    const signalled = performance.now();
    webhook.process.kill('SIGTERM');
    await webhook.logged('stopping');
    const ready = await call({ port, path: '/readyz', ca });
    webhook.process.kill('SIGTERM');
    await Promise.all(senders);

    expect(ready).toMatchObject({ status: 503, body: expect.stringContaining('the server is stopping') });
    expect(await webhook.ended).toBe(0);
    // On a machine that is busy with other things some may be asked to come again, which the API server does.
    const lost = answers.filter(({ status, headers }) => status !== 200 && !(status === 429 && headers['retry-after'] === '1'));
    expect(lost).toEqual([]);
    expect(answers.at(-1)?.status).toBe(200);
    // The listener closes when the drain is over, never earlier; only then may a new connection fail.
    expect(failures.filter(({ at }) => at - signalled < 2_000)).toEqual([]);
    expect(failures).toContainEqual(expect.objectContaining({ code: 'ECONNREFUSED' }));
    expect(answers.slice(0, before - 30).filter(({ headers }) => headers.connection === 'close')).toEqual([]);
    expect(answers.at(-1)?.headers.connection).toBe('close');
    expect(answers.length).toBeGreaterThan(before + 30);
    for (const agent of agents) agent.destroy();
  }, 60_000);

  it('is heard before it listens', async () => {
    // A settings file that is a pipe: that it can be written to tells that the webhook is at it, and it cannot go on before.
    const folder = mkdtempSync(join(tmpdir(), 'keyfirst-drain-'));
    const settingsFile = join(folder, 'settings.yaml');
    execFileSync('mkfifo', [settingsFile]);
    await using webhook = await webhookProcess('', { settingsFile });
    const pipe = await open(settingsFile, 'w');
    webhook.process.kill('SIGTERM');
    await pipe.close();
    rmSync(folder, { recursive: true });

    expect(await webhook.ended).toBe(0);
  }, 60_000);

  it('does not wait for a body that never arrives longer than the API server would', async () => {
    await using webhook = await webhookProcess(SETTINGS_TEXT);
    await webhook.logged('listening');
    const socket = connect({ port: webhook.port, host: '127.0.0.1', ca: webhook.ca });
    socket.on('error', () => undefined);
    await once(socket, 'secureConnect');
    socket.write('POST /mutate HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"half":');
    while (!(await webhook.metrics()).includes('keyfirst_admissions_in_flight 1')) await call({ ...webhook, path: '/livez' });

    webhook.process.kill('SIGTERM');

    // Without a bound the webhook would never exit.
    expect(await webhook.ended).toBe(0);
    socket.destroy();
  }, 60_000);
});
