import { describe, expect, it } from 'vitest';
import { fetchSecrets } from '../../../../injector/fetch/fetch-secrets.ts';
import type { Read } from '../../../../injector/fetch/group-reads.ts';
import type { SecretRead, Store } from '../../../../injector/providers/provider.ts';
import { ProviderError, type ProviderErrorCode } from '../../../../injector/providers/provider-error.ts';
import { Redacted } from '../../../../src/common/redacted.ts';
import type { StoreConfig } from '../../../../src/contract/provider.ts';
import { VirtualClock } from '../virtual-clock.ts';

const SECRET: SecretRead = { value: new Redacted({ kind: 'text', text: 'value' }) };
const problem = (code: ProviderErrorCode) => new ProviderError(code, code, { remedy: 'r' });
const read = (store: string, path: string): Read => ({
  id: `${store} ${path}`,
  store,
  path,
  parameters: new Map(),
  reference: path,
  specs: [],
});
const reads = (store: string, count: number) => Array.from({ length: count }, (_, index) => read(store, String(index)));

interface Fake {
  connect?: () => Promise<void>;
  read?: (path: string) => Promise<SecretRead>;
}

async function fetchFrom(fakes: Record<string, Fake>, wanted: Read[], usable = (ok: boolean) => ok) {
  const clock = new VirtualClock();
  const log: [string, object | undefined][] = [];
  const note = (message: string, fields?: object) => void log.push([message, fields]);
  const open = async (config: StoreConfig): Promise<Store> => {
    const fake = config.provider === 'dev' ? (fakes[config.file] ?? {}) : {};
    return { identity: 'me', place: 'there', connect: fake.connect ?? (async () => undefined), read: fake.read ?? (async () => SECRET) };
  };
  const stores = Object.fromEntries(Object.keys(fakes).map((name) => [name, { provider: 'dev' as const, file: name }]));
  const outcomes = await clock.until(
    fetchSecrets(
      Map.groupBy(wanted, ({ store }) => store),
      stores,
      {
        open,
        clock,
        random: () => 1,
        log: { info: note, warn: note, error: note },
        stop: clock.timeout(60_000),
        deadlineAt: 60_000,
        usable: ({ ok }) => usable(ok),
      },
    ),
  );
  return { outcomes, log, now: clock.now() };
}

describe('fetch', () => {
  it('logs in once a store, before anything is read', async () => {
    const events: string[] = [];
    const connect = async () => void events.push('login');
    const readOnce = async () => {
      events.push('read');
      return SECRET;
    };
    const { outcomes } = await fetchFrom({ a: { connect, read: readOnce } }, reads('a', 3));

    expect(events).toEqual(['login', 'read', 'read', 'read']);
    expect(outcomes.every(({ ok }) => ok)).toBe(true);
  });

  it('reads nothing of a store that refuses the login, all of the others', async () => {
    const { outcomes } = await fetchFrom(
      { a: { connect: () => Promise.reject(problem('login-refused')), read: () => Promise.reject(new Error('read')) }, b: {} },
      [...reads('a', 2), ...reads('b', 2)],
    );

    expect(outcomes.map((outcome) => (outcome.ok ? 'ok' : (outcome.error as ProviderError).code))).toEqual([
      'login-refused',
      'login-refused',
      'ok',
      'ok',
    ]);
  });

  it('runs at most 16 attempts at a time, over all stores', async () => {
    let running = 0;
    let most = 0;
    const slow = async () => {
      most = Math.max(most, ++running);
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
      running -= 1;
      return SECRET;
    };
    const { outcomes } = await fetchFrom({ a: { read: slow }, b: { read: slow } }, [...reads('a', 40), ...reads('b', 40)]);

    expect(outcomes).toHaveLength(80);
    expect(most).toBe(16);
  });

  it('collects every failure', async () => {
    const codes: ProviderErrorCode[] = ['not-found', 'denied', 'invalid'];
    const { outcomes } = await fetchFrom(
      { a: { read: (path) => Promise.reject(problem(codes[Number(path)] ?? 'protocol')) } },
      reads('a', 3),
    );

    expect(outcomes.map((outcome) => !outcome.ok && (outcome.error as ProviderError).code)).toEqual(codes);
  });

  it('does not try the others again once one has failed for good', async () => {
    let tries = 0;
    const { outcomes, now } = await fetchFrom(
      {
        a: {
          read: (path) => {
            tries += 1;
            return Promise.reject(problem(path === '0' ? 'not-found' : 'unavailable'));
          },
        },
      },
      reads('a', 3),
    );

    expect(outcomes.map(({ ok }) => ok)).toEqual([false, false, false]);
    expect([tries, now]).toEqual([3, 0]);
  });

  it('goes on trying when the failure is forgiven', async () => {
    let tries = 0;
    const { outcomes } = await fetchFrom(
      {
        a: {
          read: async (path) =>
            path === '0' ? Promise.reject(problem('not-found')) : tries++ < 3 ? Promise.reject(problem('unavailable')) : SECRET,
        },
      },
      reads('a', 2),
      () => true,
    );

    expect(outcomes.map(({ ok }) => ok)).toEqual([false, true]);
  });

  it('logs counts and names of what it does', async () => {
    let tries = 0;
    const { log } = await fetchFrom(
      { a: { read: async () => (tries++ === 0 ? Promise.reject(problem('unavailable')) : SECRET) } },
      reads('a', 1),
    );

    expect(log).toEqual([
      ['trying again', { store: 'a', what: '0', problem: 'unavailable', code: 'unavailable', delay: 250 }],
      ['store read', { store: 'a', provider: 'dev', reads: 1, failed: 0, retries: 1, loginMs: 0, readMs: 250 }],
    ]);
  });
});
