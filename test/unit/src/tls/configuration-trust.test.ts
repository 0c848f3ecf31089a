import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { KubeError } from '../../../../src/kube/kube-error.ts';
import { type IssuedCertificate, issueCertificate } from '../../../../src/tls/authority.ts';
import { configurationTrust } from '../../../../src/tls/configuration-trust.ts';
import { MISSING_GRACE, SETTLE } from '../../../../src/tls/trust.ts';
import { fakeClock, fakeConfigurations, fakeLog, quiet } from '../../../support/tls-fakes.ts';

const issue = (service = 's') => issueCertificate({ podName: 'p', service, namespace: 'n', now: new Date(), lifetime: 86_400_000 });
const bundle = (...of: IssuedCertificate[]) => Buffer.from(of.map(({ ca }) => ca).join('')).toString('base64');

let one: IssuedCertificate;
let two: IssuedCertificate;
let otherName: IssuedCertificate;
beforeAll(async () => {
  [one, two, otherName] = await Promise.all([issue(), issue(), issue('other')]);
});

let abort = new AbortController();
afterEach(() => {
  abort.abort();
  abort = new AbortController();
});

function setUp(caBundles: readonly string[] | undefined) {
  const clock = fakeClock();
  const configurations = fakeConfigurations(caBundles);
  const { log, lines } = fakeLog();
  const trust = configurationTrust({
    configurationName: 'keyfirst',
    service: 's',
    namespace: 'n',
    configurations: configurations.api,
    log,
    clock,
    random: () => 0.5,
  });
  const start = async (current = one) => {
    void trust.run(current, abort.signal);
    await quiet();
  };
  return { clock, configurations, lines, trust, start };
}

describe('configurationTrust', () => {
  it('is ready when every bundle verifies the certificate', async () => {
    const { clock, trust, start } = setUp([bundle(two, one), bundle(one)]);
    expect(trust.notReady(one)).toBe('reading caBundle of "keyfirst"');

    await start();
    expect(trust.notReady(one)).toMatch(/waiting for every API server/);
    await clock.advance(SETTLE);
    expect(trust.notReady(one)).toBeUndefined();
  });

  it.each<[string, () => string[], RegExp]>([
    ['nobody filled it', () => ['', ''], /would refuse our certificate by caBundle of "keyfirst": caBundle is empty; put the CA/],
    ['it holds another CA', () => [bundle(two)], /no CA that signed the certificate .*certificates\.files\.caBundle.*cert-manager/],
    ['one of two is right', () => [bundle(one), bundle(two)], /no CA that signed/],
  ])('is not ready where %s, and says what to do', async (_what, bundles, message) => {
    const { clock, trust, start } = setUp(bundles());
    await start();
    await clock.advance(120_000);

    expect(trust.notReady(one)).toMatch(message);
  });

  it('is not ready with a certificate for another name', async () => {
    const { clock, trust, start } = setUp([bundle(otherName)]);
    await start(otherName);
    await clock.advance(60_000);

    expect(trust.notReady(otherName)).toMatch(/for DNS:other\.n\.svc.* and the API server calls s\.n\.svc/);
  });

  it('is ready soon after the CA injector has filled the bundle, and not when somebody empties it for long', async () => {
    const { clock, configurations, trust, start } = setUp(['']);
    await start();
    await clock.advance(5_000);
    configurations.set([bundle(one)]);
    await clock.advance(SETTLE);
    expect(trust.notReady(one)).toBeUndefined();

    configurations.set(['']);
    await clock.advance(MISSING_GRACE - 1);
    expect(trust.notReady(one)).toBeUndefined();
    await clock.advance(1);
    expect(trust.notReady(one)).toMatch(/caBundle is empty/);
  });

  it('is not ready while there is no configuration', async () => {
    const { clock, configurations, trust, start } = setUp(undefined);
    configurations.set(undefined);
    await start();
    await clock.advance(60_000);
    expect(trust.notReady(one)).toMatch(/"keyfirst" does not exist, or has no webhooks/);

    configurations.set([bundle(one)]);
    await clock.advance(3_000);
    expect(trust.notReady(one)).toBeUndefined();
  });

  it('serves unproved where it may not read the configuration, and says so once', async () => {
    const { clock, configurations, lines, trust, start } = setUp([bundle(two)]);
    configurations.fail(['get'], new KubeError('cluster-denied', 'may not get it'));
    await start();
    await clock.advance(600_000);

    expect(trust.notReady(one)).toBeUndefined();
    expect(await trust.whyNotYet(one, two, abort.signal)).toBeUndefined();
    expect(lines.map(({ data }) => data)).toEqual([{ configuration: 'keyfirst', problem: 'may not get it' }]);
  });

  it('waits half a minute for an API server that does not answer, and soon notices its return', async () => {
    const { clock, configurations, trust, start } = setUp([bundle(one)]);
    configurations.fail(['get', 'watch'], new KubeError('cluster-unreachable', 'away'));
    await start();
    await clock.advance(29_000);
    expect(trust.notReady(one)).toBe('away');
    configurations.heal();
    await clock.advance(500 + SETTLE);
    expect(trust.notReady(one)).toBeUndefined();
  });

  it('keeps what it has seen while the API server is away', async () => {
    const { clock, configurations, trust, start } = setUp([bundle(one)]);
    await start();
    await clock.advance(5_000);
    configurations.fail(['get', 'watch'], new KubeError('cluster-unreachable', 'away'));
    await clock.advance(120_000);

    expect(trust.notReady(one)).toBeUndefined();
  });

  it('holds a new certificate back that the bundle does not verify, while it verifies the old one', async () => {
    const { clock, configurations, trust, start } = setUp([bundle(one)]);
    await start();
    await clock.advance(5_000);
    const ask = async () => {
      const answer = trust.whyNotYet(one, two, abort.signal);
      await clock.advance(SETTLE + 50);
      return answer;
    };

    expect(await ask()).toMatch(/would refuse the new certificate .*no CA that signed/);
    configurations.set([bundle(one, two)]);
    expect(await ask()).toBeUndefined();
    expect(trust.notReady(two)).toBeUndefined();
  });

  it('takes a new certificate at once where the old one is refused too', async () => {
    const { clock, trust, start } = setUp(['']);
    await start();
    await clock.advance(5_000);

    expect(await trust.whyNotYet(one, two, abort.signal)).toBeUndefined();
    expect(trust.notReady(two)).toMatch(/caBundle is empty/);
  });
});
