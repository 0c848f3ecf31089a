import { X509Certificate } from 'node:crypto';
import { setTimeout as pause, setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { KubeError } from '../../../../src/kube/kube-error.ts';
import { ownerOfCa } from '../../../../src/tls/ca-name.ts';
import { selfMadeSource } from '../../../../src/tls/self-made-source.ts';
import type { CertificateSource, ServingCertificate } from '../../../../src/tls/source.ts';
import { SETTLE } from '../../../../src/tls/trust.ts';
import { fakeClock, fakeConfigurations, fakeLog, fakePods, quiet, until } from '../../../support/tls-fakes.ts';

const LIFETIME = 30 * 60_000;

const running: CertificateSource[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((source) => source.stop()));
});

const decode = (bundle: string | undefined) => Buffer.from(bundle ?? '', 'base64').toString();
const entries = (bundle: string | undefined) =>
  (decode(bundle).match(/-----BEGIN[^-]*-----[^-]*-----END[^-]*-----\n/g) ?? []).map((pem) => new X509Certificate(pem));
const pods = (bundle: string | undefined) => entries(bundle).map(({ subject }) => ownerOfCa(subject)?.podName);

function setUp(caBundles: readonly string[] | undefined = ['']) {
  const clock = fakeClock();
  const configurations = fakeConfigurations(caBundles);
  const { log, lines } = fakeLog();
  const cluster = fakePods();
  const renewed: ServingCertificate[] = [];
  const make = (podName = 'pod-a', machine = clock) => {
    const source = selfMadeSource({
      configurationName: 'keyfirst',
      service: 'keyfirst',
      namespace: 'system',
      podName,
      configurations: configurations.api,
      pods: cluster.api,
      log,
      clock: machine,
      lifetime: LIFETIME,
      random: () => 0.5,
    });
    running.push(source);
    return source;
  };
  const start = async (source: CertificateSource) => {
    const certificate = await source.start((next) => renewed.push(next));
    await quiet();
    return certificate;
  };
  /** Whether an API server with this bundle would take this certificate. */
  const accepts = (bundle: string | undefined, { certificate }: ServingCertificate) => {
    const leaf = new X509Certificate(certificate);
    return entries(bundle).some((ca) => leaf.checkIssued(ca) && leaf.verify(ca.publicKey));
  };
  return { clock, configurations, cluster, lines, renewed, make, start, accepts };
}

describe('selfMadeSource', () => {
  it('adds its CA to every entry and is ready a second after its own watch shows it', async () => {
    const { clock, configurations, make, start, accepts } = setUp(['', '']);
    const source = make();
    expect(source.notReady()).toMatch(/not made yet/);

    const certificate = await start(source);

    expect(configurations.bundles().every((bundle) => accepts(bundle, certificate))).toBe(true);
    expect(source.notReady()).toMatch(/waiting for the API server to show our CA in caBundle of "keyfirst"/);
    await clock.advance(SETTLE - 1);
    expect(source.notReady()).toBeDefined();
    await clock.advance(1);
    expect(source.notReady()).toBeUndefined();
  });

  it('is not ready on its own word: the watch must show it', async () => {
    const { clock, configurations, make, start } = setUp();
    configurations.silent = true;
    const source = make();

    await start(source);
    await clock.advance(60_000);

    expect(pods(configurations.bundles()[0])).toEqual(['pod-a']);
    expect(source.notReady()).toBeDefined();
  });

  it('two replicas that write at once both end in the bundle', async () => {
    const { clock, configurations, make, start } = setUp();

    const [a, b] = [make('pod-a'), make('pod-b')];
    await Promise.all([start(a), start(b)]);
    await clock.advance(5_000);

    expect(new Set(pods(configurations.bundles()[0]))).toEqual(new Set(['pod-a', 'pod-b']));
    expect([a.notReady(), b.notReady()]).toEqual([undefined, undefined]);
  });

  it('tries again after a conflict, with what the other wrote', async () => {
    const { clock, configurations, lines, make, start } = setUp();
    let conflicts = 3;
    configurations.beforePatch = () => {
      conflicts -= 1;
      if (conflicts >= 0) configurations.set([Buffer.from(`note ${conflicts}`).toString('base64')]);
    };

    const source = make();
    await start(source);
    await clock.advance(5_000);

    expect(pods(configurations.bundles()[0])).toEqual(['pod-a']);
    expect(source.notReady()).toBeUndefined();
    expect(lines.filter(({ level }) => level === 'warn')).toEqual([]);
  });

  it.each([
    ['wiped', ''],
    ['filled with text that is not PEM', Buffer.from('hello').toString('base64')],
  ])('repairs a bundle that was %s at once and stays ready', async (_what, broken) => {
    const { clock, configurations, make, start, accepts } = setUp();
    const source = make();
    const certificate = await start(source);
    await clock.advance(5_000);

    configurations.set([broken]);
    await quiet();

    expect(accepts(configurations.bundles()[0], certificate)).toBe(true);
    expect(source.notReady()).toBeUndefined();
    await clock.advance(60_000);
    expect(source.notReady()).toBeUndefined();
  });

  it('is not ready when a wiped bundle cannot be repaired for 10 s, and again when it can', async () => {
    const { clock, configurations, make, start } = setUp();
    const source = make();
    await start(source);
    await clock.advance(5_000);

    configurations.fail(['patch'], new KubeError('cluster-denied', 'may not patch mutatingwebhookconfigurations keyfirst'));
    configurations.set(['']);
    await clock.advance(9_000);
    expect(source.notReady()).toBeUndefined();
    await clock.advance(1_000);
    expect(source.notReady()).toBe('may not patch mutatingwebhookconfigurations keyfirst');

    configurations.heal();
    await clock.advance(5_000);
    expect(source.notReady()).toBeUndefined();
  });

  it('waits for a configuration that is not there yet and says so', async () => {
    const { clock, configurations, make, start } = setUp(undefined);
    configurations.set(undefined);
    const source = make();
    await start(source);
    await clock.advance(60_000);
    expect(source.notReady()).toMatch(/"keyfirst" does not exist: install or upgrade the chart/);

    configurations.set(['']);
    await clock.advance(2_500);

    expect(source.notReady()).toBeUndefined();
  });

  it('is not ready while the configuration is deleted, and fills the one that follows', async () => {
    const { clock, configurations, make, start, accepts } = setUp();
    const source = make();
    const certificate = await start(source);
    await clock.advance(5_000);

    configurations.set(undefined);
    await clock.advance(10_000);
    expect(source.notReady()).toMatch(/does not exist/);

    configurations.set(['', '']);
    await clock.advance(3_000);
    expect(configurations.bundles().every((bundle) => accepts(bundle, certificate))).toBe(true);
    expect(source.notReady()).toBeUndefined();
  });

  it('writes nothing before a read has told the time, with a clock so far ahead that the CAs of others seem expired', async () => {
    const { clock, configurations, make, start } = setUp();
    await start(make('pod-b'));
    await clock.advance(5_000);
    const late = fakeClock(clock.now() + 5 * 3_600_000);
    configurations.fail(['get'], new KubeError('cluster-unreachable', 'connection reset'));
    await start(make('pod-a', late));
    await late.advance(5_000);

    // What the API server says of the time comes with its first answer.
    late.set(-5 * 3_600_000);
    configurations.heal();
    await late.advance(5_000);

    expect(pods(configurations.bundles()[0])).toEqual(['pod-b', 'pod-a']);
  });

  it('answers a wipe that the watch shows without reading the object first', async () => {
    const { clock, configurations, make, start, accepts } = setUp();
    const source = make();
    const certificate = await start(source);
    await clock.advance(5_000);
    configurations.calls.length = 0;

    configurations.set(['']);
    await quiet();

    expect(configurations.calls).toEqual(['patch']);
    expect(accepts(configurations.bundles()[0], certificate)).toBe(true);
  });

  it('reads the object where the watch was behind', async () => {
    const { clock, configurations, make, start, accepts } = setUp();
    const source = make();
    const certificate = await start(source);
    await clock.advance(5_000);
    configurations.calls.length = 0;
    configurations.beforePatch = () => {
      configurations.beforePatch = undefined;
      configurations.silent = true;
      configurations.set(['bm9uc2Vuc2U=']);
      configurations.silent = false;
    };

    configurations.set(['']);
    await clock.advance(100);

    expect(configurations.calls).toEqual(['patch', 'get', 'patch']);
    expect(accepts(configurations.bundles()[0], certificate)).toBe(true);
    expect(source.notReady()).toBeUndefined();
  });

  it.each([-5, 5, -0.5, 0.5])('stays ready when somebody sets the clock by %i hours', async (hours) => {
    const { clock, make, start } = setUp();
    const source = make();
    await start(source);
    await clock.advance(5_000);
    expect(source.notReady()).toBeUndefined();

    clock.set(hours * 3_600_000);
    // What was made by the wrong clock is made anew by the right one; within the hour that a certificate has to spare nothing is.
    if (Math.abs(hours) > 1) {
      expect(source.notReady()).toMatch(hours > 0 ? /expired/ : /not-yet-valid/);
      await until(() => {
        void clock.advance(1_000);
        return source.notReady() === undefined;
      });
    }

    expect(source.notReady()).toBeUndefined();
  });

  it('notices a configuration that vanished while no watch was open', async () => {
    const { clock, configurations, make, start } = setUp();
    const source = make();
    await start(source);
    await clock.advance(5_000);

    configurations.silent = true;
    configurations.set(undefined);
    configurations.endWatches();
    await clock.advance(11_000);

    expect(source.notReady()).toMatch(/does not exist/);
  });

  it('says that a configuration has no webhooks', async () => {
    const { make, start } = setUp([]);
    const source = make();

    await start(source);

    expect(source.notReady()).toMatch(/"keyfirst" has no webhooks/);
  });

  it('starts while the API server is away, tells why, and is ready soon after its return', async () => {
    const { clock, configurations, lines, make, start } = setUp();
    configurations.fail(['get', 'watch'], new KubeError('cluster-unreachable', 'cannot reach it'));
    const source = make();

    const certificate = await start(source);
    await clock.advance(600_000);

    expect(certificate.certificate).toMatch(/BEGIN CERTIFICATE/);
    expect(source.notReady()).toBe('cannot reach it');
    expect(lines.filter(({ level }) => level === 'warn').length).toBeLessThanOrEqual(2);

    configurations.heal();
    await clock.advance(4_000);
    expect(source.notReady()).toBeUndefined();
  });

  it('stays ready while the API server is away', async () => {
    const { clock, configurations, make, start } = setUp();
    const source = make();
    await start(source);
    await clock.advance(5_000);

    configurations.fail(['get', 'watch', 'patch'], new KubeError('cluster-unreachable', 'cannot reach it'));
    await clock.advance(600_000);

    expect(source.notReady()).toBeUndefined();
  });

  it('does not write when there is nothing to change, however often the watch ends', async () => {
    const { clock, configurations, make, start } = setUp();
    await start(make());
    await clock.advance(5_000);

    for (let turn = 0; turn < 10; turn += 1) {
      configurations.endWatches();
      await clock.advance(25_000);
    }

    expect(configurations.calls.filter((verb) => verb === 'patch')).toHaveLength(1);
    expect(configurations.calls.filter((verb) => verb === 'watch')).toHaveLength(11);
  });

  it('does not fight at full speed with somebody who undoes every write', async () => {
    const { clock, configurations, lines, make, start } = setUp();
    const source = make();
    await start(source);
    configurations.beforePatch = () => void setImmediate().then(() => configurations.set(['']));
    configurations.set(['']);

    await clock.advance(600_000);

    const patches = configurations.calls.filter((verb) => verb === 'patch').length;
    expect(patches).toBeGreaterThan(20);
    expect(patches).toBeLessThan(200);
    expect(lines.some(({ message }) => message === 'somebody else keeps changing the CA bundle')).toBe(true);
  });

  it('renews at two thirds: the new CA is trusted before the new leaf is served, the old one leaves after', async () => {
    const { clock, configurations, renewed, make, start, accepts } = setUp();
    const source = make();
    const first = await start(source);
    await clock.advance(LIFETIME * (2 / 3) - 1_000);
    expect(pods(configurations.bundles()[0])).toEqual(['pod-a']);

    await clock.advance(1_000);
    await until(() => pods(configurations.bundles()[0]).length === 2);
    expect(renewed).toEqual([]);
    await clock.advance(SETTLE / 2);
    expect(renewed).toEqual([]);
    expect(accepts(configurations.bundles()[0], first)).toBe(true);
    await clock.advance(2_000);

    const [second] = renewed;
    if (second === undefined) throw new Error('not renewed');
    expect(second.notAfter.getTime()).toBeGreaterThan(first.notAfter.getTime());
    expect(pods(configurations.bundles()[0])).toEqual(['pod-a']);
    expect(accepts(configurations.bundles()[0], second)).toBe(true);
    expect(accepts(configurations.bundles()[0], first)).toBe(false);
    expect(source.notReady()).toBeUndefined();
  });

  it('goes on serving the old leaf while the new CA cannot be written', async () => {
    const { clock, configurations, renewed, make, start } = setUp();
    const source = make();
    await start(source);
    await clock.advance(5_000);
    configurations.fail(['get', 'watch', 'patch'], new KubeError('cluster-unreachable', 'cannot reach it'));

    await clock.advance(LIFETIME * 0.7);
    await until(() => true);
    expect(renewed).toEqual([]);
    expect(source.notReady()).toBeUndefined();

    clock.jump(LIFETIME * 0.3 + 3_600_000);
    await clock.advance(1_000);
    expect(source.notReady()).toMatch(/the certificate is expired.*cannot reach it/);

    configurations.heal();
    for (let turn = 0; turn < 200 && source.notReady() !== undefined; turn += 1) {
      await clock.advance(500);
      // Keys are made on other threads.
      await pause(5);
    }
    expect(source.notReady()).toBeUndefined();
    expect(renewed.length).toBeGreaterThan(0);
  });

  it('replaces the CA of its own pod from before a restart of the container, not the neighbour’s', async () => {
    const { clock, configurations, make, start } = setUp();
    const before = make('pod-a');
    await Promise.all([start(before), start(make('pod-b'))]);
    await clock.advance(5_000);
    await before.stop();

    await start(make('pod-a'));
    await clock.advance(5_000);

    expect(new Set(pods(configurations.bundles()[0]))).toEqual(new Set(['pod-a', 'pod-b']));
  });

  it('takes the CA of a pod that is gone out of the bundle, not of one that only went silent', async () => {
    const { clock, configurations, cluster, make, start } = setUp(['', '']);
    const other = make('pod-b');
    await start(make('pod-a'));
    await start(other);
    await other.stop();
    await clock.advance(120_000);
    expect(configurations.bundles().map((bundle) => pods(bundle))).toEqual([
      ['pod-a', 'pod-b'],
      ['pod-a', 'pod-b'],
    ]);

    cluster.gone.add('pod-b');
    await clock.advance(60_000);
    expect(configurations.bundles().map((bundle) => pods(bundle))).toEqual([['pod-a'], ['pod-a']]);
    expect(new Set(cluster.asked)).toEqual(new Set(['system/pod-b']));
  });

  it('puts its CA back when a neighbour that was wrong took it out', async () => {
    const { clock, configurations, cluster, make, start } = setUp();
    const [a, b] = [make('pod-a'), make('pod-b')];
    await Promise.all([start(a), start(b)]);
    cluster.gone.add('pod-a');
    await clock.advance(300_000);

    expect(new Set(pods(configurations.bundles()[0]))).toEqual(new Set(['pod-a', 'pod-b']));
    expect([a.notReady(), b.notReady()]).toEqual([undefined, undefined]);
    expect(configurations.calls.filter((verb) => verb === 'patch').length).toBeLessThan(60);
  });

  it('stops: no call afterwards', async () => {
    const { clock, configurations, make, start } = setUp();
    const source = make();
    await start(source);
    await clock.advance(5_000);

    await source.stop();
    const calls = configurations.calls.length;
    configurations.set(['']);
    await clock.advance(600_000);

    expect(configurations.calls).toHaveLength(calls);
  });
});
