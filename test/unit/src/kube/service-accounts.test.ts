import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KubeError } from '../../../../src/kube/kube-error.ts';
import { type ServiceAccountIdentities, serviceAccountIdentities } from '../../../../src/kube/service-accounts.ts';
import { fakeServiceAccounts } from '../../../support/service-account-fakes.ts';
import { type FakeClock, fakeClock, fakeLog, quiet } from '../../../support/tls-fakes.ts';

const CLIENT_ID = 'azure.workload.identity/client-id';
const ROLE = 'eks.amazonaws.com/role-arn';
const away = new KubeError('cluster-unreachable', 'nobody there');

let clock: FakeClock;
let fake: ReturnType<typeof fakeServiceAccounts>;
let logged: ReturnType<typeof fakeLog>;
const started: ServiceAccountIdentities[] = [];

beforeEach(() => {
  clock = fakeClock(1_000_000);
  fake = fakeServiceAccounts();
  logged = fakeLog();
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((one) => one.stop()));
});

/** `random` 1: the longest pause that jitter gives. */
function start(random = () => 1): ServiceAccountIdentities {
  const identities = serviceAccountIdentities(fake.api, logged.log, clock, random);
  started.push(identities);
  return identities;
}
const reads = () => fake.calls.filter((call) => call.startsWith('get'));
const count = (verb: string) => fake.calls.filter((call) => call.startsWith(verb)).length;

describe('annotations of a ServiceAccount', () => {
  it('come from the list, page by page, without a read', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) fake.set(`shop/${name}`, { [ROLE]: `arn:aws:iam::1:role/${name}` });
    const identities = start();
    await quiet();

    for (const name of ['a', 'e']) expect(await identities.annotations('shop', name)).toEqual({ [ROLE]: `arn:aws:iam::1:role/${name}` });
    expect(fake.calls).toEqual(['list', 'list 2', 'list 4', 'watch 15']);
    expect(identities.state()).toEqual({ phase: 'current', known: 5, heard: 1_000_000 });
  });

  it('are only those of an identity', async () => {
    const all = { [CLIENT_ID]: 'c', 'azure.workload.identity/tenant-id': 't', [ROLE]: 'r' };
    fake.set('shop/all', { ...all, 'kubectl.kubernetes.io/last-applied-configuration': '{}' });
    fake.set('shop/none', { 'eks.amazonaws.com/audience': 'x', constructor: 'y' });
    fake.set('shop/silly', { [ROLE]: 'r'.repeat(2_049), [CLIENT_ID]: 'c' });
    const identities = start();
    await quiet();

    expect(await identities.annotations('shop', 'all')).toEqual(all);
    expect(await identities.annotations('shop', 'none')).toEqual({});
    expect(await identities.annotations('shop', 'silly')).toEqual({ [CLIENT_ID]: 'c' });
    expect(reads()).toEqual([]);
  });

  it('follow every change', async () => {
    fake.set('shop/web');
    const identities = start();
    await quiet();
    const seen = () => identities.annotations('shop', 'web');

    expect(await seen()).toEqual({});
    fake.set('shop/web', { [CLIENT_ID]: 'one' });
    expect(await seen()).toEqual({ [CLIENT_ID]: 'one' });
    fake.set('shop/web', { [CLIENT_ID]: 'two' });
    expect(await seen()).toEqual({ [CLIENT_ID]: 'two' });
    fake.remove('shop/web');
    expect(await seen()).toEqual({});
    expect(reads()).toEqual(['get shop/web']);
  });

  it('of the same name in another namespace are others', async () => {
    fake.set('shop/web', { [ROLE]: 'shop' });
    fake.set('bank/web', { [ROLE]: 'bank' });
    const identities = start();
    await quiet();

    expect([await identities.annotations('bank', 'web'), await identities.annotations('shop', 'web')]).toEqual([
      { [ROLE]: 'bank' },
      { [ROLE]: 'shop' },
    ]);
  });
});

describe('a ServiceAccount that the watch has not shown', () => {
  it('is read, though the cache is complete', async () => {
    const identities = start();
    await quiet();
    fake.silent = true;
    fake.set('shop/new', { [ROLE]: 'r' });

    expect(await identities.annotations('shop', 'new')).toEqual({ [ROLE]: 'r' });
    expect(reads()).toEqual(['get shop/new']);
  });

  it('is read before the first list is complete', async () => {
    const page = Promise.withResolvers<void>();
    fake.beforePage = () => page.promise;
    fake.set('shop/web', { [ROLE]: 'r' });
    const identities = start();
    await quiet();

    expect(identities.state()).toEqual({ phase: 'filling', known: 0, heard: undefined });
    expect(await identities.annotations('shop', 'web')).toEqual({ [ROLE]: 'r' });
    page.resolve();
  });

  it('is read once for all who ask at the same time, and not again for three seconds', async () => {
    const hang = Promise.withResolvers<void>();
    fake.hang = hang.promise;
    const identities = start();
    await quiet();

    const asked = Array.from({ length: 50 }, () => identities.annotations('shop', 'ghost'));
    await quiet();
    hang.resolve();
    expect(new Set(await Promise.all(asked)).size).toBe(1);
    await clock.advance(2_999);
    await identities.annotations('shop', 'ghost');
    expect(reads()).toHaveLength(1);

    await clock.advance(1);
    await identities.annotations('shop', 'ghost');
    expect(reads()).toHaveLength(2);
  });

  it('is known as soon as the watch shows it, although its absence was just remembered', async () => {
    const identities = start();
    await quiet();

    expect(await identities.annotations('shop', 'web')).toEqual({});
    fake.set('shop/web', { [ROLE]: 'r' });
    expect(await identities.annotations('shop', 'web')).toEqual({ [ROLE]: 'r' });
    fake.remove('shop/web');
    fake.silent = true;
    fake.set('shop/web', { [ROLE]: 'again' });
    expect(await identities.annotations('shop', 'web')).toEqual({ [ROLE]: 'again' });
  });

  it('is read anew when a change overtakes the read', async () => {
    const identities = start();
    await quiet();
    const hang = Promise.withResolvers<void>();
    fake.hang = hang.promise;
    const first = identities.annotations('shop', 'web');
    await quiet();
    fake.set('shop/web', { [ROLE]: 'old' });
    fake.remove('shop/web');
    hang.resolve();

    expect(await first).toEqual({});
    await identities.annotations('shop', 'web');
    expect(reads()).toHaveLength(2);
  });

  it('is waited for two seconds, and the failure is not remembered', async () => {
    const identities = start();
    await quiet();
    fake.hang = new Promise(() => undefined);
    const asked = identities.annotations('shop', 'web').catch((error: unknown) => error);
    await clock.advance(1_999);
    expect(await Promise.race([asked, quiet()])).toBeUndefined();
    await clock.advance(1);

    const error = await asked;
    expect(error).toBeInstanceOf(KubeError);
    expect(error).toMatchObject({
      code: 'cluster-unreachable',
      message: 'cannot get serviceaccounts shop/web: no answer from the API server within 2 s',
    });
    fake.hang = undefined;
    expect(await identities.annotations('shop', 'web')).toEqual({});
  });

  it('fails with the error of the read', async () => {
    const denied = new KubeError('cluster-denied', 'may not get');
    fake.fail(['get'], denied);
    const identities = start();

    await expect(identities.annotations('shop', 'web')).rejects.toBe(denied);
  });
});

describe('while the API server is away', () => {
  it('what is known stays the answer, marked as stale, and the watch goes on where it was', async () => {
    fake.set('shop/web', { [ROLE]: 'r' });
    const identities = start();
    await quiet();
    fake.set('shop/other');
    fake.bookmark();
    await clock.advance(20_000);
    fake.fail(['list', 'watch', 'get'], away);
    await clock.advance(60_000);

    expect(identities.state()).toEqual({ phase: 'stale', known: 2, heard: 1_000_000 });
    expect(await identities.annotations('shop', 'web')).toEqual({ [ROLE]: 'r' });
    await expect(identities.annotations('shop', 'unknown')).rejects.toBe(away);

    fake.set('shop/web', { [ROLE]: 'changed meanwhile' });
    fake.heal();
    await clock.advance(10_000);
    expect(identities.state().phase).toBe('current');
    expect(await identities.annotations('shop', 'web')).toEqual({ [ROLE]: 'changed meanwhile' });
    expect(new Set(fake.calls.filter((call) => !call.startsWith('get')))).toEqual(new Set(['list', 'watch 11', 'watch 13']));
    expect(logged.lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
      'info ServiceAccount identities are current',
      'warn ServiceAccount identities are not current',
      'info ServiceAccount identities are current',
    ]);
  });

  it('asks less and less often, at least every five seconds, with jitter', async () => {
    fake.fail(['list'], away);
    const triesInAMinute = async (random: number) => {
      fake.calls.length = 0;
      const identities = start(() => random);
      await clock.advance(60_000);
      await identities.stop();
      return count('list');
    };

    // After pauses of 0.2, 0.4 … 3.2, 5, 5 … seconds; the other end of the jitter is half of that.
    expect(await triesInAMinute(1)).toBe(16);
    expect(await triesInAMinute(0)).toBe(28);
  });

  it('says which right is missing, once', async () => {
    fake.fail(['list'], new KubeError('cluster-denied', 'may not list serviceaccounts'));
    const identities = start();
    await clock.advance(60_000);

    expect(identities.state().phase).toBe('filling');
    expect(logged.lines).toEqual([
      {
        level: 'warn',
        data: { problem: 'may not list serviceaccounts', phase: 'filling', known: 0 },
        message: 'ServiceAccount identities are not current',
      },
    ]);
  });

  it('has a full list but is stale when it may not watch', async () => {
    fake.set('shop/web', { [ROLE]: 'r' });
    fake.fail(['watch'], new KubeError('cluster-denied', 'may not watch'));
    const identities = start();
    await clock.advance(1_000);

    expect(identities.state()).toMatchObject({ phase: 'stale', known: 1 });
    expect(await identities.annotations('shop', 'web')).toEqual({ [ROLE]: 'r' });
  });
});

describe('the watch', () => {
  it('goes on from a bookmark, so that a quiet cluster needs no new list', async () => {
    start();
    await quiet();
    for (let round = 0; round < 3; round += 1) {
      fake.pass();
      fake.bookmark();
      await clock.advance(25_000);
      fake.endWatches();
      await quiet();
    }

    expect(fake.calls).toEqual(['list', 'watch 10', 'watch 12', 'watch 14', 'watch 16']);
  });

  it('lists anew when its history is gone, and drops what was deleted meanwhile', async () => {
    fake.set('shop/a', { [ROLE]: 'a' });
    fake.set('shop/b', { [ROLE]: 'b' });
    const identities = start();
    await quiet();
    fake.silent = true;
    fake.remove('shop/a');
    fake.set('shop/b', { [ROLE]: 'b2' });
    fake.forget();
    fake.silent = false;
    fake.endWatches();
    await clock.advance(2_000);

    expect(count('list')).toBe(2);
    expect(identities.state()).toMatchObject({ phase: 'current', known: 1 });
    expect(await identities.annotations('shop', 'b')).toEqual({ [ROLE]: 'b2' });
    expect(await identities.annotations('shop', 'a')).toEqual({});
  });

  it('answers from the old list until the new one is complete', async () => {
    for (const name of ['a', 'b', 'c']) fake.set(`shop/${name}`, { [ROLE]: name });
    const identities = start();
    await quiet();
    const page = Promise.withResolvers<void>();
    fake.beforePage = () => page.promise;
    fake.endWatches(new KubeError('cluster-expired', 'too old'));
    await clock.advance(2_000);

    expect(identities.state()).toMatchObject({ phase: 'stale', known: 3 });
    expect(await identities.annotations('shop', 'c')).toEqual({ [ROLE]: 'c' });
    expect(reads()).toEqual([]);
    page.resolve();
    await quiet();
    expect(identities.state().phase).toBe('current');
  });

  it('starts the list over when its pages expire', async () => {
    for (const name of ['a', 'b', 'c']) fake.set(`shop/${name}`);
    let pages = 0;
    fake.beforePage = () => {
      pages += 1;
      if (pages === 2) throw new KubeError('cluster-expired', 'too old');
    };
    const identities = start();
    await clock.advance(1_000);

    expect(fake.calls).toEqual(['list', 'list 2', 'list', 'list 2', 'watch 13']);
    expect(identities.state()).toMatchObject({ phase: 'current', known: 3 });
  });

  it('is not begun at full speed when the server ends it at once', async () => {
    start();
    for (let second = 0; second < 30; second += 1) {
      fake.endWatches();
      await clock.advance(1_000);
    }

    expect(count('watch')).toBeLessThan(12);
  });

  it('is no prison: a list every half hour or so finds what no watch told', async () => {
    fake.set('shop/web', { [ROLE]: 'r' });
    const identities = start(() => 0.5);
    await quiet();
    fake.restore({ 'shop/web': { [ROLE]: 'restored' } });
    for (let minute = 0; minute < 31; minute += 1) {
      await clock.advance(60_000);
      fake.endWatches();
    }
    await quiet();

    expect(count('list')).toBe(2);
    expect(await identities.annotations('shop', 'web')).toEqual({ [ROLE]: 'restored' });
  });
});

it('stops: watch and reads end, what is known stays', async () => {
  fake.set('shop/web', { [ROLE]: 'r' });
  const identities = start();
  await quiet();
  fake.hang = new Promise(() => undefined);
  const read = identities.annotations('shop', 'new').catch((error: unknown) => error);
  await quiet();
  await identities.stop();

  expect(await read).toBeInstanceOf(Error);
  expect(fake.watches()).toBe(0);
  expect(await identities.annotations('shop', 'web')).toEqual({ [ROLE]: 'r' });
  await expect(identities.annotations('shop', 'other')).rejects.toThrow(Error);
  const calls = fake.calls.length;
  await clock.advance(60_000);
  expect(fake.calls).toHaveLength(calls);
});
