import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { mutatePod } from '../../../src/admission/mutate-pod.ts';
import { respond } from '../../../src/admission/response.ts';
import { verdictOf } from '../../../src/admission/verdict.ts';
import { call } from '../../support/https.ts';
import { containers, decision, pod, review, SETTINGS_TEXT } from '../../support/pods.ts';
import { type RawCaller, rawCaller } from '../../support/raw-caller.ts';
import { webhookProcess } from '../../support/webhook-process.ts';

const UID = 'uid-00000000';
/**
 * A pod that costs many milliseconds and few bytes, since YAML is dear, so that one process can offer far more than the webhook can
 * take. Each has a template of its own, so that each is decided.
 */
const LIST = Array.from({ length: 300 }, (_, i) => `- { file: f${i}, from: "vault://secret/shop/s${i}#password" }`).join('\n');
const COSTLY = pod(
  { 'keyfirst.dev/secrets': LIST },
  { containers: containers(...Array.from({ length: 3 }, (_, i) => ({ name: `c${i}` }))), hostname: UID },
);
const BODY = JSON.stringify(review(COSTLY, UID));
const GOLDEN = respond(UID, verdictOf(mutatePod(COSTLY, 'shop', decision())));
/** The chart's memory limit. */
const MEMORY = 512 * 1024 * 1024;
const SECONDS = 3;

describe('more calls at once than the webhook can take', () => {
  it('gets right answers and 429, probes are answered, memory stays within the limit, and afterwards all is as before', async () => {
    await using webhook = await webhookProcess(SETTINGS_TEXT);
    await webhook.logged('listening');
    const { port, ca } = webhook;
    const tally = { right: 0, turnedAway: 0, wrong: new Map<string, number>() };
    let number = 0;
    const send = async (caller: RawCaller) => {
      const uid = `uid-${String(++number).padStart(8, '0')}`;
      const { status, headers, body } = await caller
        .post('/mutate', BODY.replaceAll(UID, uid))
        .catch((error: Error) => ({ status: 0, headers: { 'retry-after': '' }, body: String(error) }));
      if (status === 200 && body === GOLDEN.replace(UID, uid)) tally.right += 1;
      else if (status === 429 && headers['retry-after'] === '1' && body.includes('Keyfirst is overloaded')) tally.turnedAway += 1;
      else tally.wrong.set(`${status} ${body.slice(0, 200)}`, (tally.wrong.get(`${status} ${body.slice(0, 200)}`) ?? 0) + 1);
    };

    const few = await Promise.all(Array.from({ length: 8 }, () => rawCaller(port, ca)));
    await inTurns(few, 50, send);
    const warm = tally.right;
    const began = performance.now();
    await inTurns(few, 150, send);
    const before = { ...tally };
    const capacity = (before.right - warm) / ((performance.now() - began) / 1000);

    // More than the calls that may be under way.
    const many: RawCaller[] = [];
    // A few at a time: a handshake that takes more than 10 s is broken off.
    while (many.length < 1200) many.push(...(await Promise.all(Array.from({ length: 20 }, () => rawCaller(port, ca)))));
    const idle = [...many];
    const calls: Promise<void>[] = [];
    const probes: number[] = [];
    const probing = new AbortController();
    const prober = (async () => {
      for (let turn = 0; !probing.signal.aborted; turn++) {
        probes.push((await call({ port, path: turn % 2 === 0 ? '/livez' : '/readyz', ca })).status);
        await wait(100);
      }
    })();
    const offered = Math.ceil(capacity * 10 * SECONDS);
    // Calls that find no free connection wait for one, as they would wait for a new one of the API server.
    const loaded = performance.now();
    while (calls.length < offered) {
      const due = Math.min(offered, ((performance.now() - loaded) / 1000) * capacity * 10);
      while (calls.length < due) {
        const caller = idle.pop();
        if (caller === undefined) break;
        calls.push(send(caller).then(() => void idle.push(caller)));
      }
      await wait(5);
    }
    const sent = (performance.now() - loaded) / 1000;
    await Promise.all(calls);
    const took = (performance.now() - loaded) / 1000;
    probing.abort();
    await prober;
    const during = { right: tally.right - before.right, turnedAway: tally.turnedAway - before.turnedAway };

    // One after the other: none of them can be one too many.
    await inTurns(few.slice(0, 1), 100, send);

    console.log(
      `capacity ${Math.round(capacity)}/s; sent ${offered} calls at ${Math.round(offered / sent)}/s (${(offered / sent / capacity).toFixed(1)} times as many): ${during.right} answered, ${during.turnedAway} turned away, ` +
        `${probes.length} probes, all after ${took.toFixed(1)} s, peak memory ${Math.round(webhook.peakMemory() / 1024 / 1024)} MiB`,
    );
    expect(tally.wrong).toEqual(new Map());
    expect(during.right + during.turnedAway).toBe(offered);
    expect(during.turnedAway).toBeGreaterThan(0);
    expect(during.right).toBeGreaterThan(0);
    expect(tally.right).toBe(before.right + during.right + 100);
    expect(new Set(probes)).toEqual(new Set([200]));
    expect(webhook.peakMemory()).toBeLessThan(MEMORY);
    const metrics = await webhook.metrics();
    expect(metrics).toContain(`keyfirst_admissions_total{outcome="error",reason="overloaded"} ${tally.turnedAway}`);
    expect(metrics).toContain('keyfirst_admissions_in_flight 0');
    for (const caller of [...few, ...many]) caller.close();
  }, 180_000);
});

/** `count` calls over these connections, each sending one after the other. */
async function inTurns(callers: readonly RawCaller[], count: number, send: (caller: RawCaller) => Promise<void>): Promise<void> {
  let left = count;
  await Promise.all(
    callers.map(async (caller) => {
      while (left-- > 0) await send(caller);
    }),
  );
}
