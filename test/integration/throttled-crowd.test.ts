import * as fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../injector/clock.ts';
import { openStore } from '../../injector/providers/registry.ts';
import { type Outcome, run } from '../../injector/run.ts';
import { encodeInjectorConfig } from '../../src/contract/injector-config.ts';
import { startVault, type TestVault, vaultMissing } from '../support/vault.ts';
import { InjectorBox, vaultConfig } from '../support/vault-injector.ts';
import { enableKubernetesAuth, serviceAccountToken } from '../support/vault-login.ts';
import { startFaultyVault } from '../support/vault-proxy.ts';

const INJECTORS = 500;
/** Requests a second that the store takes; beyond it says 429, without a word on when to come back. */
const LIMIT = 100;
/** Milliseconds: what a pod gets that says nothing. */
const DEADLINE = 120_000;
/** Login, the mount, three secrets. */
const NEEDED = 5;

const missing = vaultMissing();

/**
 * All in one process, because 500 Node processes started on two cores arrive one after the other and are no crowd at all.
 * Each injector has its own configuration, folder, login, connections and back-off; Vault is real, the limit stands before it.
 */
describe.skipIf(missing !== undefined)(`a crowd at a store that throttles${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let vault: TestVault;
  let auth: AsyncDisposable;
  beforeAll(async () => {
    vault = await startVault();
    auth = await enableKubernetesAuth(vault);
    for (const name of ['a', 'b', 'c']) await vault.call('POST', `secret/data/crowd/${name}`, { data: { key: `value of ${name}` } });
  });
  afterAll(async () => {
    await auth?.[Symbol.asyncDispose]();
    await vault?.[Symbol.asyncDispose]();
  });

  it(`${INJECTORS} injectors that start together all deliver, with at most 1.5 times the requests needed`, async () => {
    let tokens = LIMIT;
    let last = performance.now();
    let throttled = 0;
    await using store = await startFaultyVault(vault.address, (_request, response) => {
      const now = performance.now();
      tokens = Math.min(LIMIT, tokens + ((now - last) / 1000) * LIMIT);
      last = now;
      if (tokens >= 1) {
        tokens -= 1;
        return false;
      }
      throttled += 1;
      response.writeHead(429, { 'content-type': 'application/json' }).end('{"errors":["request path \\"x\\": rate limit quota exceeded"]}');
      return true;
    });
    const token = serviceAccountToken();
    const files = { a: 'vault://secret/crowd/a#key', b: 'vault://secret/crowd/b#key', c: 'vault://secret/crowd/c#key' };
    const config = encodeInjectorConfig(vaultConfig(store.address, files, { deadline: DEADLINE }));
    const boxes = Array.from({ length: INJECTORS }, () => new InjectorBox(token));
    const inject = async ({ root }: InjectorBox): Promise<Outcome & { milliseconds: number }> => {
      const started = performance.now();
      const outcome = await run(config, {
        root,
        open: openStore,
        fs,
        clock: systemClock,
        random: Math.random,
        stopped: new AbortController().signal,
        writeLine: () => undefined,
        wrapper: () => new Uint8Array(),
      });
      return { ...outcome, milliseconds: performance.now() - started };
    };
    try {
      const outcomes = await Promise.all(boxes.map(inject));

      const slowest = Math.max(...outcomes.map(({ milliseconds }) => milliseconds));
      console.log(
        `${INJECTORS} injectors, 3 secrets each, ${LIMIT} requests a second: ${store.asked.length} requests ` +
          `(${(store.asked.length / (INJECTORS * NEEDED)).toFixed(2)} of those needed), ${throttled} throttled, the slowest took ${Math.round(slowest / 1000)} s`,
      );
      expect(throttled).toBeGreaterThan(INJECTORS / 2);
      expect(outcomes.filter(({ exitCode }) => exitCode !== 0).map(({ message }) => message)).toEqual([]);
      for (const box of boxes) expect([box.file('a'), box.file('b'), box.file('c')]).toEqual(['value of a', 'value of b', 'value of c']);
      expect(slowest).toBeLessThan(DEADLINE);
      expect(store.asked.length).toBeLessThanOrEqual(1.5 * INJECTORS * NEEDED);
    } finally {
      for (const box of boxes) box[Symbol.dispose]();
    }
  }, 150_000);
});
