import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import { mutatePod } from '../../src/admission/mutate-pod.ts';
import { type ApiAnswer, type ApiCall, apiClient } from '../support/api-client.ts';
import { app, namespace, pod, remove } from '../support/e2e-pods.ts';
import { answerOnce, brokenRules, dryCreate, POLICIES, tellAllRules, withoutConfiguration } from '../support/e2e-policies.ts';
import { create, eventually, get, type Manifest, tryCreate } from '../support/kubectl.ts';
import { patched } from '../support/patched.ts';
import { decision } from '../support/pods.ts';

const { cluster } = inject('e2e');
const NAMESPACE = 'kf-policies';
const FIXTURES = new URL('../fixtures/pods/', import.meta.url);
const FILE = { 'keyfirst.dev/file.password': 'vault://secret/shop/db#password' };
const VARIABLE = { 'keyfirst.dev/env.PASSWORD': 'vault://secret/shop/db#password' };
const foreign = 'registry.test/evil/injector:1';

/** What the webhook would leave, of this release: the same code, with the cluster's injector. */
const settings = (more = '') =>
  `injector: {image: "${cluster.images.injector}"}\ndevStore: true\nstores:\n  vault: {address: "https://vault.test:8200", role: shop, audience: vault}\n${more}`;
const injected = (wanted: Manifest, more?: string): Manifest =>
  patched(wanted as never, mutatePod(wanted, NAMESPACE, decision(settings(more), 37)));
const fixture = (name: string): Manifest => {
  const wanted: Manifest = parse(readFileSync(new URL(`${name}/pod.yaml`, FIXTURES), 'utf8'));
  delete wanted.metadata.ownerReferences;
  return { ...wanted, metadata: { ...wanted.metadata, namespace: NAMESPACE } };
};

const withFile = () => injected(pod(NAMESPACE, 'table', FILE, { containers: [app(cluster.appImage, 'true')] }));
/** By the kubelet, with an init container of its own. */
const withVariable = () =>
  injected(
    pod(NAMESPACE, 'table', VARIABLE, {
      initContainers: [{ name: 'migrate', image: cluster.appImage }],
      containers: [{ name: 'app', image: cluster.appImage }],
    }),
  );
const withWrapper = (more?: string) => injected(pod(NAMESPACE, 'table', VARIABLE, { containers: [app(cluster.appImage, 'true')] }), more);
const withCa = () =>
  injected(
    pod(NAMESPACE, 'table', { ...FILE, 'keyfirst.dev/store.vault.ca-config-map': 'ca' }, { containers: [app(cluster.appImage, 'true')] }),
  );
const withList = () =>
  injected(
    pod(
      NAMESPACE,
      'table',
      { 'keyfirst.dev/secrets': '- {file: a, from: "vault://secret/shop/db#password"}' },
      { containers: [app(cluster.appImage, 'true')] },
    ),
  );
const IMAGE_VOLUME = 'env: {wrapper: image-volume}\n';

const initContainer = ({ spec }: Manifest, name = 'keyfirst-init'): Manifest =>
  spec.initContainers.find((container: Manifest) => container.name === name);
const volume = ({ spec }: Manifest, name: string): Manifest => spec.volumes.find((found: Manifest) => found.name === name);
const become = (object: Manifest, fields: Manifest) => {
  for (const key of Object.keys(object)) if (key !== 'name') delete object[key];
  Object.assign(object, fields);
};
const without = (list: Manifest[], name: string) =>
  list.splice(
    list.findIndex((item) => item.name === name),
    1,
  );
const init = (change: (container: Manifest) => void) => (of: Manifest) => change(initContainer(of));
const check = (change: (container: Manifest) => void) => (of: Manifest) => change(initContainer(of, 'keyfirst-check'));
const data = { name: 'data', emptyDir: {} };

/** Variables that nobody but the injector, its loader or Node may set. */
const OWN_ALONE = [
  'NODE_OPTIONS',
  'NODE_EXTRA_CA_CERTS',
  'NODE_TLS_REJECT_UNAUTHORIZED',
  'NODE_USE_ENV_PROXY',
  'NODE_COMPILE_CACHE',
  'NODE_DEBUG',
  'LD_PRELOAD',
  'OPENSSL_CONF',
  'SSL_CERT_FILE',
  'KEYFIRST_ROOT',
];
/** As EKS sets them. */
const eksVariables = (uri: string) => [
  { name: 'AWS_CONTAINER_CREDENTIALS_FULL_URI', value: uri },
  {
    name: 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
    value: '/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token',
  },
  { name: 'AWS_STS_REGIONAL_ENDPOINTS', value: 'regional' },
  { name: 'AWS_REGION', value: 'eu-central-1' },
  { name: 'AWS_DEFAULT_REGION', value: 'eu-central-1' },
];

/** Each rule by itself: a pod as the webhook makes it, one change, and the one message that comes back. */
const RULES: readonly [what: string, base: () => Manifest, change: (of: Manifest) => void, message: RegExp][] = [
  ['no keyfirst-init', withFile, (of) => delete of.spec.initContainers, /has no init container keyfirst-init.*00-keyfirst/],
  ['image', withFile, init((c) => (c.image = foreign)), /image of keyfirst-init is registry\.test\/evil\/injector:1, which is not of/],
  ['image of a longer name', withFile, init((c) => (c.image = c.image.replace('injector:', 'injector-evil:'))), /image of keyfirst-init/],
  ['command', withFile, init((c) => (c.command = ['true'])), /keyfirst-init has a command or args/],
  ['args', withFile, init((c) => (c.args = ['--eval', '1'])), /keyfirst-init has a command or args/],
  ['envFrom', withFile, init((c) => (c.envFrom = [{ configMapRef: { name: 'x' } }])), /keyfirst-init has envFrom/],
  ['sidecar', withFile, init((c) => (c.restartPolicy = 'Always')), /keyfirst-init has restartPolicy: Always/],
  ['ports', withFile, init((c) => (c.ports = [{ containerPort: 80 }])), /keyfirst-init has ports/],
  ['workingDir', withFile, init((c) => (c.workingDir = '/tmp')), /keyfirst-init has ports, .*workingDir/],
  ['stdin', withFile, init((c) => (c.stdin = true)), /keyfirst-init has .*stdin/],
  ['tty', withFile, init((c) => (c.tty = true)), /keyfirst-init has .*tty/],
  ['termination message over the program', withFile, init((c) => (c.terminationMessagePath = '/app/main.js')), /a terminationMessagePath/],
  [
    'termination message over the proof',
    withVariable,
    check((c) => (c.terminationMessagePath = '/app/bin/keyfirst-check')),
    /a terminationMessagePath/,
  ],
  ['no config', withFile, init((c) => (c.env = [])), /has no KEYFIRST_CONFIG of this release/],
  ['empty config', withFile, init((c) => (c.env[0].value = '')), /has no KEYFIRST_CONFIG of this release/],
  ['config of another version', withFile, init((c) => (c.env[0].value = c.env[0].value.replace('1', '2'))), /has no KEYFIRST_CONFIG/],
  ['config twice', withFile, init((c) => c.env.push(c.env[0])), /has no KEYFIRST_CONFIG of this release, or has it twice/],
  ['config that the kubelet expands', withFile, init((c) => (c.env[0].value += ' $(X)')), /has no KEYFIRST_CONFIG/],
  [
    'config from elsewhere',
    withFile,
    init((c) => (c.env[0] = { name: 'KEYFIRST_CONFIG', valueFrom: { configMapKeyRef: { name: 'x', key: 'x' } } })),
    /has no KEYFIRST_CONFIG/,
  ],
  ...[
    ...OWN_ALONE.map((name) => ({ name, value: 'x' })),
    { name: 'NODE_OPTIONS', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    { name: 'AWS_CONTAINER_CREDENTIALS_FULL_URI', value: 'http://127.0.0.1:1/v1/credentials' },
    { name: 'AWS_CONTAINER_CREDENTIALS_FULL_URI', value: 'http://169.254.170.23/v1/credentials/..' },
    { name: 'AWS_CONTAINER_CREDENTIALS_FULL_URI', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    { name: 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE', value: '/keyfirst/identity/token-1' },
    { name: 'GCE_METADATA_HOST', value: 'evil.test' },
    { name: 'AWS_REGION', value: 'x.evil.test/' },
    { name: 'AWS_DEFAULT_REGION', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
  ].map((variable): (typeof RULES)[number] => [
    `variable ${JSON.stringify(variable)}`,
    withFile,
    init((c) => c.env.push(variable)),
    new RegExp(`keyfirst-init has the variable ${variable.name},`),
  ]),
  [
    'foreign mount',
    withFile,
    (of) => {
      of.spec.volumes.push(data);
      initContainer(of).volumeMounts.push({ name: 'data', mountPath: '/app' });
    },
    /keyfirst-init mounts what Keyfirst did not give it/,
  ],
  ['identity elsewhere', withFile, init((c) => (c.volumeMounts.at(-1).mountPath = '/app')), /keyfirst-init mounts .*, or elsewhere/],
  [
    'CA over the program',
    withCa,
    init((c) => (c.volumeMounts[1].mountPath = '/keyfirst/ca/../../app')),
    /keyfirst-init mounts .*, or elsewhere/,
  ],
  [
    'a mount above the tokens',
    withFile,
    (of) => {
      of.spec.volumes.push(data);
      initContainer(of).volumeMounts.push({ name: 'data', mountPath: '/var/run/secrets/..' });
    },
    /keyfirst-init mounts .*, or elsewhere/,
  ],
  ['CA elsewhere', withCa, init((c) => (c.volumeMounts[1].mountPath = '/app')), /keyfirst-init mounts .*, or elsewhere/],
  [
    'a volume of ours in the place of secrets',
    withFile,
    init((c) => Object.assign(c.volumeMounts[0], { subPath: 'view' })),
    /does not mount the volume keyfirst-secrets whole and writable/,
  ],
  ['secrets not mounted', withFile, init((c) => c.volumeMounts.shift()), /does not mount the volume keyfirst-secrets whole and writable/],
  ['secrets read-only', withFile, init((c) => (c.volumeMounts[0].readOnly = true)), /does not mount .* whole and writable/],
  ['no security context', withFile, init((c) => delete c.securityContext), /keyfirst-init has more rights/],
  [
    'privileged',
    withFile,
    init((c) => Object.assign(c.securityContext, { privileged: true, allowPrivilegeEscalation: true })),
    /keyfirst-init has more rights/,
  ],
  ['escalation', withFile, init((c) => (c.securityContext.allowPrivilegeEscalation = true)), /keyfirst-init has more rights/],
  ['capability', withFile, init((c) => (c.securityContext.capabilities.add = ['NET_ADMIN'])), /keyfirst-init has more rights/],
  ['capabilities not dropped', withFile, init((c) => delete c.securityContext.capabilities), /keyfirst-init has more rights/],
  ['root', withFile, init((c) => (c.securityContext.runAsUser = 0)), /keyfirst-init has more rights/],
  ['root allowed', withFile, init((c) => delete c.securityContext.runAsNonRoot), /keyfirst-init has more rights/],

  ['secrets on disk', withFile, (of) => become(volume(of, 'keyfirst-secrets'), { emptyDir: {} }), /volume keyfirst-secrets is not/],
  [
    'secrets on the host',
    withFile,
    (of) => become(volume(of, 'keyfirst-secrets'), { hostPath: { path: '/' } }),
    /volume keyfirst-secrets is not/,
  ],
  ['variables on disk', withVariable, (of) => become(volume(of, 'keyfirst-env'), { emptyDir: {} }), /volume keyfirst-env is not/],
  [
    'identity of a Secret',
    withFile,
    (of) => become(volume(of, 'keyfirst-identity'), { secret: { secretName: 'x' } }),
    /keyfirst-identity holds/,
  ],
  [
    'identity with more in it',
    withFile,
    (of) => volume(of, 'keyfirst-identity').projected.sources.push({ secret: { name: 'x' } }),
    /keyfirst-identity holds something else/,
  ],
  [
    'CA of the host',
    withCa,
    (of) => become(volume(of, 'keyfirst-ca-vault'), { hostPath: { path: '/' } }),
    /keyfirst-ca-….* is no ConfigMap/,
  ],
  [
    'dev values of a Secret',
    withFile,
    (of) => of.spec.volumes.push({ name: 'keyfirst-dev-x', secret: { secretName: 'x' } }),
    /keyfirst-dev-… is no ConfigMap/,
  ],
  [
    'wrapper of a foreign image',
    () => withWrapper(IMAGE_VOLUME),
    (of) => (volume(of, 'keyfirst-bin').image.reference = foreign),
    /keyfirst-bin is not the Keyfirst injector's image/,
  ],

  [
    'identity in the app',
    withFile,
    (of) => of.spec.containers[0].volumeMounts.push({ name: 'keyfirst-identity', mountPath: '/id', readOnly: true }),
    /mounted by app: keyfirst-identity/,
  ],
  [
    'variables in an init container',
    withVariable,
    (of) => (initContainer(of, 'migrate').volumeMounts = [{ name: 'keyfirst-env', mountPath: '/env', readOnly: true }]),
    /mounted by migrate: keyfirst-identity or keyfirst-env/,
  ],
  [
    'secrets writable',
    withFile,
    (of) => delete of.spec.containers[0].volumeMounts[0].readOnly,
    /mounted writable by app: keyfirst-secrets/,
  ],
  [
    'a reader before keyfirst-init',
    withFile,
    (of) => of.spec.initContainers.unshift({ ...of.spec.containers[0], name: 'early' }),
    /before keyfirst-init stand early among/,
  ],

  ['image of the check', withVariable, check((c) => (c.image = foreign)), /image of keyfirst-check is not/],
  ['command of the check', withVariable, check((c) => (c.command = ['true'])), /keyfirst-check has another command/],
  ['args of the check', withVariable, check((c) => (c.args = ['x'])), /keyfirst-check has another command/],
  ['value of the check', withVariable, check((c) => (c.env = [{ name: 'KEYFIRST_CHECK', value: 'x' }])), /does not take its variable/],
  ['other file of the check', withVariable, check((c) => (c.env[0].valueFrom.fileKeyRef.path = 'PASSWORD')), /does not take its variable/],
  ['check without variable', withVariable, check((c) => (c.env = [])), /does not take its variable/],
  ['envFrom of the check', withVariable, check((c) => (c.envFrom = [{ configMapRef: { name: 'x' } }])), /does not take its variable/],
  [
    'mount of the check',
    withVariable,
    (of) => {
      of.spec.volumes.push(data);
      initContainer(of, 'keyfirst-check').volumeMounts = [{ name: 'data', mountPath: '/app' }];
    },
    /keyfirst-check mounts a volume/,
  ],
  ['check as a sidecar', withVariable, check((c) => (c.restartPolicy = 'Always')), /keyfirst-check has a restartPolicy/],
  [
    'a taker before the check',
    withVariable,
    (of) => {
      const { initContainers } = of.spec;
      initContainers.splice(1, 0, ...initContainers.splice(2, 1));
    },
    /before keyfirst-check stand keyfirst-init, migrate among/,
  ],
  ['check removed', withVariable, (of) => without(of.spec.initContainers, 'keyfirst-check'), /keyfirst-check is missing/],

  [
    'mounts removed, asked for by the list',
    withList,
    (of) => delete of.spec.containers[0].volumeMounts,
    /no container mounts keyfirst-secrets/,
  ],
  ['mounts removed', withFile, (of) => delete of.spec.containers[0].volumeMounts, /no container mounts keyfirst-secrets/],
  [
    'variables removed',
    withVariable,
    (of) => {
      delete of.spec.containers[0].env;
      delete initContainer(of, 'migrate').env;
    },
    /no container takes one from keyfirst-env/,
  ],
  ['wrapper removed', withWrapper, (of) => of.spec.containers[0].command.splice(0, 2), /no container's command begins with the wrapper/],
  [
    'wrapper of the image removed',
    () => withWrapper(IMAGE_VOLUME),
    (of) => of.spec.containers[0].command.splice(0, 2),
    /no container's command begins with the wrapper/,
  ],
  [
    'wrapper of the image removed with its volume',
    () => withWrapper(IMAGE_VOLUME),
    (of) => {
      of.spec.containers[0].command.splice(0, 2);
      of.spec.containers[0].volumeMounts = of.spec.containers[0].volumeMounts.filter(({ name }: Manifest) => name !== 'keyfirst-bin');
      without(of.spec.volumes, 'keyfirst-bin');
    },
    /no container's command begins with the wrapper/,
  ],
  ['status removed', withFile, (of) => delete of.metadata.annotations['keyfirst.dev/status'], /not the annotation keyfirst\.dev\/status/],
];

/** What others rightly add or change. */
const ALLOWED: readonly [what: string, base: () => Manifest, change: (of: Manifest) => void][] = [
  ['nothing, files', withFile, () => undefined],
  ['nothing, variables by the kubelet', withVariable, () => undefined],
  ['nothing, variables by the wrapper', withWrapper, () => undefined],
  ['nothing, wrapper from an image volume', () => withWrapper(IMAGE_VOLUME), () => undefined],
  ['a digest behind the tag', withFile, init((c) => (c.image += `@sha256:${'a'.repeat(64)}`))],
  ['a digest', withFile, init((c) => (c.image = c.image.replace(/:[^:/]*$/, `@sha256:${'a'.repeat(64)}`)))],
  ['another release', withFile, init((c) => (c.image = c.image.replace(/:[^:/]*$/, ':99')))],
  ['variables of EKS Pod Identity', withFile, init((c) => c.env.push(...eksVariables('http://169.254.170.23/v1/credentials')))],
  ['variables of EKS Pod Identity, IPv6', withFile, init((c) => c.env.push(...eksVariables('http://[fd00:ec2::23]/v1/credentials')))],
  [
    'variables of nodes, and what stores do not read',
    withFile,
    init((c) => {
      for (const name of ['NODE_NAME', 'NODE_IP', 'NODE_HOST_IP', 'NODE_ENV', 'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI', 'GCE_METADATA_IP'])
        c.env.push({ name, value: 'x' });
      c.env.push({ name: 'NODE_UID', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } });
      c.env.push({ name: 'GCE_METADATA_HOST', value: '169.254.169.254' });
    }),
  ],
  [
    'a token of a cloud identity webhook',
    withFile,
    (of) => {
      of.spec.volumes.push({ ...volume(of, 'keyfirst-identity'), name: 'aws-iam-token' });
      initContainer(of).volumeMounts.push({
        name: 'aws-iam-token',
        mountPath: '/var/run/secrets/eks.amazonaws.com/serviceaccount',
        readOnly: true,
      });
    },
  ],
  ['other resources', withFile, init((c) => (c.resources = { requests: { cpu: '1m' } }))],
  ['a container that came late and gets nothing', withFile, (of) => of.spec.containers.push({ name: 'late', image: cluster.appImage })],
  ['an init container before ours', withFile, (of) => of.spec.initContainers.unshift({ name: 'istio-init', image: cluster.appImage })],
  [
    'restart rules',
    () => injected(pod(NAMESPACE, 'table', FILE, { restartPolicy: 'Never', containers: [app(cluster.appImage, 'true')] })),
    () => undefined,
  ],
  [
    'a pod of a mesh only',
    () => injected(pod(NAMESPACE, 'table', { ...FILE, ...VARIABLE }, { containers: [{ name: 'istio-proxy', image: cluster.appImage }] })),
    () => undefined,
  ],
];

let client: (call: ApiCall) => Promise<ApiAnswer>;
const told = ({ code, body }: ApiAnswer): string => (code < 300 ? 'created' : String(body.message));

beforeAll(async () => {
  client = await apiClient();
  await create(...namespace(NAMESPACE, { security: 'privileged' }));
});
afterAll(() => remove(NAMESPACE));

describe('the policies', () => {
  it.each(POLICIES)('%s is understood by the API server', async (name) => {
    const { metadata, status } = await eventually(`${name} checked`, async () => {
      const found = await get('validatingadmissionpolicy', name);
      return found.status?.observedGeneration === found.metadata.generation ? found : undefined;
    });
    expect(metadata.name).toBe(name);
    expect(status.typeChecking?.expressionWarnings ?? []).toEqual([]);
  });

  // The store `dev` is not allowed by the cluster's settings; the table below has this pod, too.
  it('let pass what the webhook makes, in every shape', async () => {
    const shapes = readdirSync(FIXTURES).filter((name) => name !== 'two-stores-with-ca');
    const answers = await Promise.all(shapes.map((name) => dryCreate(client, fixture(name))));
    expect(Object.fromEntries(shapes.map((name, index) => [name, told(answers[index] as ApiAnswer)]))).toEqual(
      Object.fromEntries(shapes.map((name) => [name, 'created'])),
    );
    expect(answers.map(({ body }) => initContainer(body)?.name)).toEqual(shapes.map(() => 'keyfirst-init'));
  });
});

describe('with the webhook configuration deleted', () => {
  let answers: Readonly<Record<string, ApiAnswer>> = {};
  const dispose: AsyncDisposable[] = [];

  beforeAll(async () => {
    dispose.push(await withoutConfiguration(), await tellAllRules('keyfirst-pods'));
    const bare = pod(NAMESPACE, 'bare', FILE, { containers: [app(cluster.appImage, 'true')] });
    await answerOnce(
      () => dryCreate(client, bare),
      (answer) => brokenRules(answer).length === 1,
    );
    const all: (readonly [string, Manifest])[] = [...RULES, ...ALLOWED].map(([what, base, change]) => {
      const of = structuredClone(base());
      change(of);
      return [what, of];
    });
    const shapes = readdirSync(FIXTURES).map((name) => [`shape ${name}`, injected(fixture(name))] as const);
    answers = Object.fromEntries(
      await Promise.all([...all, ...shapes].map(async ([what, of]) => [what, await dryCreate(client, of)] as const)),
    );
  });
  afterAll(async () => {
    for (const one of dispose) await one[Symbol.asyncDispose]();
  });

  it('a pod that asks is refused with what to do, others start', async () => {
    const containers = [app(cluster.appImage, 'true')];
    const off = { ...FILE, 'keyfirst.dev/inject': 'false' };
    const { code, stderr } = await tryCreate([pod(NAMESPACE, 'asks', FILE, { containers })]);
    expect(code).toBe(1);
    expect(stderr).toContain(
      "ValidatingAdmissionPolicy 'keyfirst-pods' with binding 'keyfirst-pods' denied request: this pod asks for secrets",
    );
    expect(stderr).toContain('kubectl get mutatingwebhookconfiguration 00-keyfirst');
    expect(await tryCreate([pod(NAMESPACE, 'plain', {}, { containers }), pod(NAMESPACE, 'off', off, { containers })])).toMatchObject({
      code: 0,
    });
  });

  it.each(RULES)('refuses by one rule: %s', (what, _base, _change, message) => {
    const answer = answers[what] as ApiAnswer;
    expect(brokenRules(answer)).toEqual([expect.stringMatching(message)]);
    expect(answer.code).toBe(422);
    expect(answer.body.message).toMatch(message);
  });

  it.each(ALLOWED)('lets pass: %s', (what) => {
    expect(told(answers[what] as ApiAnswer)).toBe('created');
    expect(brokenRules(answers[what] as ApiAnswer)).toEqual([]);
  });

  it.each(readdirSync(FIXTURES))('lets pass the golden pod %s', (name) => {
    expect(told(answers[`shape ${name}`] as ApiAnswer)).toBe('created');
  });

  it('every rule of the policy is broken by some row', async () => {
    const { spec } = await get('validatingadmissionpolicy', 'keyfirst-pods');
    const seen = RULES.flatMap(([what]) => brokenRules(answers[what] as ApiAnswer));
    const unseen = spec.validations.filter(({ message, messageExpression = `'${message}'` }: Manifest) => {
      // The last text in the expression of a message is the same for every pod.
      const end = String(messageExpression).slice(0, -1).split("'").at(-1) ?? '';
      return !seen.some((text) => text.endsWith(end));
    });
    expect(unseen.map(({ message }: Manifest) => message)).toEqual([]);
  });

  it('100 containers with 60 mounts each, and the longest configuration, stay within the budget', async () => {
    const volumes = Array.from({ length: 59 }, (_, index) => ({ name: `v${index}`, emptyDir: {} }));
    const volumeMounts = volumes.map(({ name }) => ({ name, mountPath: `/mnt/${name}` }));
    const containers = Array.from({ length: 100 }, (_, index) => ({
      name: `c${index}`,
      image: 'x',
      volumeMounts: structuredClone(volumeMounts),
    }));
    const initContainers = Array.from({ length: 40 }, (_, index) => ({
      name: `i${index}`,
      image: 'x',
      volumeMounts: structuredClone(volumeMounts),
    }));
    const large = injected(pod(NAMESPACE, 'large', { ...FILE, ...VARIABLE }, { containers, initContainers, volumes }));
    const [config] = initContainer(large).env;
    config.value = config.value.replace('"deadline"', `"padding":"${'x'.repeat(130_000 - config.value.length)}","deadline"`);
    expect(told(await dryCreate(client, large))).toBe('created');

    const refused = structuredClone(large);
    refused.spec.containers[99].volumeMounts[0].name = 'keyfirst-identity';
    refused.spec.initContainers.unshift({ ...refused.spec.initContainers.at(-1), name: 'first' });
    expect(told(await dryCreate(client, refused))).toContain('mounted by c99: keyfirst-identity');
  });
});
