import { describe, expect, it } from 'vitest';
import { decisionSettings } from '../../../../src/config/decision-settings.ts';
import { loadConfig } from '../../../../src/config/load.ts';
import { parseSettings } from '../../../../src/config/settings.ts';

const FILES = { KEYFIRST_TLS_CERT: '/c', KEYFIRST_TLS_KEY: '/k' };
const SELF = { KEYFIRST_WEBHOOK_CONFIGURATION: 'w', KEYFIRST_SERVICE: 's', KEYFIRST_NAMESPACE: 'n', KEYFIRST_POD_NAME: 'p' };

describe('loadConfig', () => {
  it('has defaults for all but the certificate, and takes an empty variable as absent', () => {
    expect(loadConfig({ ...FILES, KEYFIRST_PORT: '', OTHER: 'x' })).toEqual({
      port: 8443,
      metricsPort: 9090,
      settingsFile: undefined,
      logLevel: 'info',
      drain: 5000,
      inCluster: false,
      certificates: { mode: 'files', certificateFile: '/c', keyFile: '/k' },
    });
  });

  it('makes its own certificate where the chart names configuration, service, namespace and pod', () => {
    const named = { mode: 'self', configurationName: 'w', service: 's', namespace: 'n', podName: 'p' };
    expect(loadConfig(SELF).certificates).toEqual({ ...named, lifetime: 7 * 24 * 3_600_000 });
    expect(loadConfig({ ...SELF, KEYFIRST_CERTIFICATE_LIFETIME: '30s' }).certificates).toEqual({ ...named, lifetime: 30_000 });
  });

  it('takes the highest port', () => expect(loadConfig({ ...FILES, KEYFIRST_PORT: '65535' }).port).toBe(65_535));

  it('knows callers by a CA file and names', () => {
    const callers = (names?: string) => loadConfig({ ...FILES, KEYFIRST_CALLERS_CA: '/ca', KEYFIRST_CALLERS_NAMES: names }).callers;
    expect(loadConfig(FILES)).not.toHaveProperty('callers');
    expect(callers()).toEqual({ caFile: '/ca', names: [] });
    expect(callers('')).toEqual({ caFile: '/ca', names: [] });
    expect(callers('system:apiserver, api.test')).toEqual({ caFile: '/ca', names: ['system:apiserver', 'api.test'] });
  });

  it('prefers files', () => expect(loadConfig({ ...SELF, ...FILES }).certificates.mode).toBe('files'));

  it.each([
    [{}, /no certificate: set KEYFIRST_TLS_CERT/],
    [{ KEYFIRST_TLS_CERT: '/c' }, /go together/],
    [{ KEYFIRST_WEBHOOK_CONFIGURATION: 'w' }, /no certificate/],
    [{ ...FILES, KEYFIRST_PORT: '65536' }, /KEYFIRST_PORT is not a port number/],
    [
      { ...FILES, KEYFIRST_PORT: 'https', KEYFIRST_LOG_LEVEL: 'loud' },
      /KEYFIRST_PORT is not a port number\n- KEYFIRST_LOG_LEVEL is not one of/,
    ],
    [{ ...FILES, KEYFIRST_CALLERS_NAMES: 'a' }, /KEYFIRST_CALLERS_NAMES is set without KEYFIRST_CALLERS_CA/],
    ...[',', 'a,', 'a b', '*.test', '.test', 'a;b'].map((names): [Record<string, string>, RegExp] => [
      { ...FILES, KEYFIRST_CALLERS_CA: '/ca', KEYFIRST_CALLERS_NAMES: names },
      /KEYFIRST_CALLERS_NAMES is not a list of names/,
    ]),
    [{ ...FILES, KEYFIRST_DRAIN_SECONDS: '-1' }, /KEYFIRST_DRAIN_SECONDS is not/],
    [{ ...SELF, KEYFIRST_CERTIFICATE_LIFETIME: '29s' }, /KEYFIRST_CERTIFICATE_LIFETIME is not a duration of at least 30s/],
    [{ ...SELF, KEYFIRST_CERTIFICATE_LIFETIME: 'a week' }, /KEYFIRST_CERTIFICATE_LIFETIME is not a duration/],
  ])('refuses %j', (env, message) => {
    expect(() => loadConfig(env)).toThrow(message);
  });
});

describe('parseSettings', () => {
  const problems = (text: string) => {
    const result = parseSettings(text);
    return result.ok ? [] : result.problems;
  };

  it.each(['', '# nothing', '{}'])('takes %j as all defaults', (text) => {
    expect(parseSettings(text)).toEqual({
      ok: true,
      settings: {
        injector: {
          image: 'localhost/keyfirst/injector:dev',
          resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '128Mi' } },
          setUser: true,
        },
        defaults: { 'mount-path': '/keyfirst/secrets', deadline: '2m', 'size-limit': '4Mi', 'env-delivery': 'auto' },
        env: { check: true, wrapper: 'copy' },
        stores: {},
        devStore: false,
        identity: { serviceAccounts: true },
      },
    });
  });

  it('takes every setting', () => {
    const text = `
injector: {image: a/b:1, pullPolicy: Never, resources: {requests: {cpu: 1m}}, setUser: false}
defaults: {mount-path: /x, deadline: 30s, size-limit: 1Mi}
stores: {vault: {address: "https://vault", role: r, audience: a, namespace: n, ca-config-map: c, tls-server-name: t, auth: kubernetes, auth-path: k}, dev: {config-map: d}}
devStore: true
kubernetesVersion: "1.34"`;

    expect(problems(text)).toEqual([]);
  });

  it.each([
    ['store: {}', /^store: is not a setting; did you mean `stores`\?$/],
    ['stores: {valt: {}}', /^stores\.valt: is not a built-in store; did you mean `vault`\?/],
    ['stores: {vault: {adress: x}}', /^stores\.vault\.adress: is not a setting; did you mean `address`\?$/],
    ['stores: {vault: {address: nonsense}}', /^stores\.vault\.address: is not a base URL/],
    ['stores: {vault: {auth: token}}', /^stores\.vault\.auth: is neither/],
    ['stores: {vault: {locked: [rolle]}}', /^stores\.vault\.locked/],
    ['stores: {mine: {role: x}}', /^stores\.mine: is not a built-in store; a store of your own says its `provider`/],
    ['defaults: {deadline: soon}', /^defaults\.deadline: "soon" is not a duration/],
    ['defaults: {deadlin: 1m}', /did you mean `deadline`/],
    ['injector: {resources: {limits: {memory: much}}}', /^injector\.resources\.limits\.memory: is not a positive/],
    ['injector: {img: x}', /^injector\.img: is not a setting; did you mean `image`\?$/],
    ['injector: {limits: {memory: 1Gi}}', /^injector\.limits: is not a setting; known here are image, pullPolicy, resources, setUser$/],
    ['injector: {resources: {request: {}}}', /^injector\.resources\.request: is not a setting; did you mean `requests`\?$/],
    ['injector: {resources: {limits: {disk: 1}}}', /^injector\.resources\.limits\.disk: is not a setting; known here are cpu, memory$/],
    ['injector: {resources: {limits: {cpu: 1}}}', /^injector\.resources\.limits\.cpu: is a number to YAML; write it in quotes/],
    ['injector: {resources: {limits: {memory: 100m}}}', /^injector\.resources\.limits\.memory: .*`m` means thousandths; write 100Mi$/],
    ['injector: {pullPolicy: always}', /^injector\.pullPolicy: is not one of Always, IfNotPresent, Never$/],
    ['injector: x', /^injector: is not a map$/],
    ['defaults: {size-limit: 100m}', /^defaults\.size-limit: "100m" is a fraction of a byte/],
    ['bogus: 1', /^bogus: is not a setting; known here are injector, defaults, env, stores, identity, devStore, kubernetesVersion$/],
    ['stores: {valt: }', /^stores\.valt: is not a map/],
    ['stores: {vault: {role: 3}}', /^stores\.vault\.role: is a number to YAML/],
    ['stores: {vault: {role: [a]}}', /^stores\.vault\.role: is not text$/],
    ['kubernetesVersion: 1.30', /^kubernetesVersion: is a number to YAML; write it in quotes/],
    ['kubernetesVersion: "v1.34"', /write it like "1\.34"/],
    ['devStore: "yes"', /^devStore: /],
    ['[1', /./],
    ['- 1', /^settings: /],
  ])('refuses %j', (text, message) => {
    expect(problems(text)).toEqual(expect.arrayContaining([expect.stringMatching(message)]));
  });

  it('has a default for each quantity of its own, and takes empty as left out', () => {
    const resources = (text: string) => {
      const result = parseSettings(`injector: {resources: ${text}}`);
      return result.ok ? result.settings.injector.resources : result.problems;
    };

    expect(resources('{limits: {memory: 256Mi}}')).toEqual({ requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '256Mi' } });
    expect(resources('{requests: {cpu: 1m}}')).toEqual({ requests: { cpu: '1m', memory: '64Mi' }, limits: { memory: '128Mi' } });
    expect(resources('{limits: {cpu: "1", memory: ""}}')).toMatchObject({ limits: { cpu: '1', memory: '' } });
  });

  it.each(['stores: {vault: }', 'stores:', 'injector:', 'injector: {resources: {limits: }, pullPolicy: }', 'defaults: {deadline: }'])(
    'takes what is empty in %j as absent',
    (text) => {
      expect(parseSettings(text)).toEqual(parseSettings(''));
    },
  );

  it.each([
    'stores: {vault: {address: "https://admin:canary@vault"}}',
    'stores: {vault: {address:https://admin:canary@vault}}',
    'stores: {vault: {address: "https://admin:canary@vault}}',
    'stores: {vault: {address: https://admin:canary@vault, address: b}}',
    'stores: {vault: {address: *canary}}',
    'stores: {vault: {address: [https://admin:canary@vault]}}',
    'stores: https://admin:canary@vault',
  ])('does not echo a password from %j', (text) => {
    const found = problems(text);

    expect(found).not.toEqual([]);
    expect(found.join('\n')).not.toContain('canary');
  });

  it('lists all problems at once', () => {
    expect(problems('{devStore: 1, kubernetesVersion: x, bogus: 1}')).toHaveLength(3);
  });
});

it('a store may bear a name that YAML would make something else of', () => {
  const result = parseSettings('injector: {image: "a/b:1"}\nstores: {null: {provider: vault}}');

  expect(result.ok ? Object.keys(result.settings.stores) : result.problems).toContain('null');
});

describe('decisionSettings', () => {
  it('takes a setting of a store that is empty for its default', () => {
    const parsed = parseSettings('injector: {image: "registry.test/injector:1"}\nstores:\n  vault: {role: shop, audience: }\n');

    expect(parsed.ok && decisionSettings(parsed.settings).annotations.stores).toEqual({
      vault: { provider: undefined, locked: [], allowedAddresses: undefined, settings: { role: 'shop' } },
    });
  });
});
