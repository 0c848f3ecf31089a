import { describe, expect, it } from 'vitest';
import { mutatePod } from '../../../../src/admission/mutate-pod.ts';
import { chooseConsumers } from '../../../../src/plan/consumers.ts';
import { chooseOwnership } from '../../../../src/plan/ownership.ts';
import type { Pod } from '../../../../src/plan/pod.ts';
import { choosePosition } from '../../../../src/plan/position.ts';
import { chooseResources } from '../../../../src/plan/resources.ts';
import { patched } from '../../../support/patched.ts';
import { ASKING, containers, decision, pod, SETTINGS_TEXT } from '../../../support/pods.ts';

const names = (...list: string[]) => containers(...list.map((name) => ({ name })));
const sidecar = (name: string) => ({ name, restartPolicy: 'Always' });
const inject = (input: Pod, text?: string, minor?: number) => patched(input, mutatePod(input, 'shop', decision(text, minor)));
const ours = (input: Pod, text?: string, minor?: number) =>
  inject(input, text, minor).spec.initContainers?.find(({ name }) => name === 'keyfirst-init');
const refusal = (input: Pod) => {
  const result = mutatePod(input, 'shop', decision());
  return result.kind === 'reject' ? result.issues.map(({ key, message }) => `${key}: ${message}`) : [result.kind];
};

describe('position', () => {
  it.each([
    ['auto', [], 0],
    ['auto', [{ name: 'migrate' }], 0],
    ['auto', [sidecar('istio-proxy'), { name: 'migrate' }], 1],
    ['auto', [{ name: 'istio-init' }, { name: 'istio-proxy' }], 0],
    ['auto', [sidecar('linkerd-proxy'), { name: 'a' }, sidecar('kuma-sidecar'), { name: 'b' }], 3],
    ['auto', [sidecar('logs')], 0],
    ['first', [sidecar('istio-proxy')], 0],
    ['last', [sidecar('istio-proxy'), { name: 'a' }], 2],
  ] as const)('%s among %j is %i', (order, list, position) => {
    expect(choosePosition(containers(...list), order)).toBe(position);
  });
});

describe('consumers', () => {
  const chosen = (named: string[] | undefined, position = 1) => {
    const { consumers, issues } = chooseConsumers(
      names('web', 'worker', 'istio-proxy'),
      names('early', 'keyfirst-init', 'migrate', 'linkerd-init'),
      position,
      named,
    );
    return issues.length > 0 ? issues.map(({ message }) => message) : consumers.map(({ name }) => name);
  };

  it('are all containers that run after ours, mesh aside', () => expect(chosen(undefined)).toEqual(['migrate', 'web', 'worker']));
  it('are those that are named, a mesh proxy too', () => expect(chosen(['worker', 'istio-proxy'])).toEqual(['worker', 'istio-proxy']));
  it('cannot be one that runs before ours', () => expect(chosen(['early'])).toEqual([expect.stringMatching(/runs before/)]));
  it('cannot be one that is not there', () =>
    expect(chosen(['wrker', 'nix'])).toEqual([expect.stringMatching(/did you mean `worker`/), expect.stringMatching(/does not have/)]));
});

describe('ownership', () => {
  const user = (runAsUser?: number, runAsGroup?: number) => ({ name: 'x', securityContext: { runAsUser, runAsGroup } });
  const choose = (list: ReturnType<typeof user>[], securityContext = {}, setUser = true) =>
    chooseOwnership(containers(...list), { containers: [], securityContext }, setUser);

  it.each([
    ['one user', [user(1000), user(1000)], {}, { user: 1000, mode: 0o400 }],
    ['one user and group', [user(1000, 3000)], {}, { user: 1000, group: 3000, mode: 0o400 }],
    ['one user, two groups', [user(1000, 3000), user(1000, 4000)], {}, { user: 1000, mode: 0o400 }],
    ["the pod's user", [user(), user()], { runAsUser: 1000 }, { user: 1000, mode: 0o400 }],
    ['an override', [user(), user(2000)], { runAsUser: 1000 }, { user: 65_532, mode: 0o444 }],
    ['root', [user(0)], {}, { user: 65_532, mode: 0o444 }],
    ['unknown', [user(), user()], {}, { user: 65_532, mode: 0o444 }],
    ['unknown with fsGroup', [user()], { fsGroup: 2000 }, { user: 65_532, mode: 0o440 }],
    ['one user with fsGroup', [user(1000)], { fsGroup: 2000 }, { user: 1000, mode: 0o400 }],
    ['fsGroup zero', [user()], { fsGroup: 0 }, { user: 65_532, mode: 0o440 }],
  ])('%s', (_name, list, securityContext, expected) => {
    expect(choose(list, securityContext)).toEqual(expected);
  });

  it('leaves the user to the platform where it must', () => {
    expect(choose([user(1000)], {}, false)).toEqual({ mode: 0o444 });
    expect(choose([user(1000)], { fsGroup: 2000 }, false)).toEqual({ mode: 0o440 });
    expect(
      ours(pod(), `${SETTINGS_TEXT}\ninjector: {setUser: false}`.replace(/injector: \{image.*\n/, ''))?.securityContext,
    ).not.toHaveProperty('runAsUser');
  });

  it('refuses a mode that would lock a chosen container out, and takes one that would not', () => {
    const list = (mode: string) => ({ 'keyfirst.dev/secrets': `- {file: a, from: "vault://a/b#c", mode: "${mode}"}` });

    expect(refusal(pod(list('0400')))).toEqual([expect.stringMatching(/secrets\[0\]: mode "0400" of `a` would keep web from reading it/)]);
    expect(refusal(pod(list('0440'), { securityContext: { fsGroup: 1 } }))).toEqual(['inject']);
    expect(refusal(pod(list('0400'), { securityContext: { runAsUser: 1000 } }))).toEqual(['inject']);
  });
});

describe('resources', () => {
  const standard = { cpuRequest: '50m', memoryRequest: '64Mi', memoryLimit: '128Mi' };
  const guaranteed = (cpu: string, memory: string) => ({ name: 'x', resources: { limits: { cpu, memory } } });
  const choose = (list: { name: string; [key: string]: unknown }[], spec = {}, wanted = standard) => {
    const all = containers(...list);
    return chooseResources({ containers: all, ...spec }, all, wanted);
  };

  it.each([
    ['BestEffort', [{ name: 'x' }], { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '128Mi' } }],
    ['Guaranteed', [guaranteed('200m', '256Mi')], { requests: { cpu: '200m', memory: '128Mi' }, limits: { cpu: '200m', memory: '128Mi' } }],
    [
      'a large Guaranteed',
      [guaranteed('4', '8Gi')],
      { requests: { cpu: '500m', memory: '128Mi' }, limits: { cpu: '500m', memory: '128Mi' } },
    ],
    [
      'a Guaranteed sum',
      [guaranteed('60m', '50Mi'), guaranteed('60m', '50Mi')],
      { requests: { cpu: '120m', memory: '100Mi' }, limits: { cpu: '120m', memory: '100Mi' } },
    ],
    ['half Guaranteed', [guaranteed('1', '1Gi'), { name: 'y' }], { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '128Mi' } }],
    [
      'only CPU',
      [{ name: 'x', resources: { limits: { cpu: '1' } } }],
      { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '128Mi' } },
    ],
  ])('of a pod that is %s', (_name, list, resources) => {
    expect(choose(list)).toMatchObject({ resources, warnings: [] });
  });

  it('warn when a tiny Guaranteed pod must reserve more', () => {
    expect(choose([guaranteed('20m', '16Mi')])).toMatchObject({
      resources: { limits: { cpu: '100m', memory: '96Mi' } },
      warnings: [expect.stringContaining('100m CPU and 96Mi memory')],
    });
  });

  it('are none under resources of the pod', () => {
    expect(choose([{ name: 'x' }], { resources: { requests: { cpu: '1' } } })).toEqual({ warnings: [] });
    expect(choose([{ name: 'x' }], { resources: {} })).toHaveProperty('resources');
  });

  it('come from the pod before the cluster, empty leaves out, and a low limit lowers the request', () => {
    const annotated = (keys: Record<string, string>) =>
      ours(pod({ ...ASKING, ...Object.fromEntries(Object.entries(keys).map(([key, value]) => [`keyfirst.dev/resources.${key}`, value])) }))
        ?.resources;

    expect(annotated({ 'cpu-request': '100m', 'memory-limit': '' })).toEqual({ requests: { cpu: '100m', memory: '64Mi' } });
    expect(annotated({ 'cpu-limit': '20m' })).toEqual({
      requests: { cpu: '20m', memory: '64Mi' },
      limits: { cpu: '20m', memory: '128Mi' },
    });
    expect(annotated({ 'cpu-request': '', 'memory-request': '', 'memory-limit': '' })).toBeUndefined();
  });

  it('warn when the volume may outgrow the memory limit', () => {
    const result = mutatePod(pod({ ...ASKING, 'keyfirst.dev/size-limit': '1Gi' }), 'shop', decision());

    expect(result).toMatchObject({ plan: { warnings: [expect.stringMatching(/size-limit 1Gi is more/)] } });
  });
});

describe('what stands where ours must go', () => {
  const volume = { name: 'keyfirst-secrets', emptyDir: {} };

  it.each([
    ['a volume of our name on disk', { volumes: [volume] }, /volumes\[keyfirst-secrets\]/],
    ['a volume of our name for variables', { volumes: [{ name: 'keyfirst-env', emptyDir: {} }] }, /volumes\[keyfirst-env\]/],
    ['another identity volume', { volumes: [{ name: 'keyfirst-identity', secret: { secretName: 'x' } }] }, /volumes\[keyfirst-identity\]/],
    ['our name for the wrapper', { volumes: [{ name: 'keyfirst-bin', emptyDir: {} }] }, /volumes\[keyfirst-bin\]: is a name that/],
    [
      'our name for the wrapper, on our image',
      { volumes: [{ name: 'keyfirst-bin', image: { reference: 'registry.test/keyfirst/injector:1.0.0' } }] },
      /volumes\[keyfirst-bin\]: is a name that Keyfirst reserves; give your volume another name/,
    ],
    ['a name for CAs', { volumes: [{ name: 'keyfirst-ca-x', secret: { secretName: 'x' } }] }, /volumes\[keyfirst-ca-x\]: is a name that/],
    ['a name for CAs on a ConfigMap', { volumes: [{ name: 'keyfirst-ca-x', configMap: { name: 'x' } }] }, /volumes\[keyfirst-ca-x\]/],
    ['a name for values of dev', { volumes: [{ name: 'keyfirst-dev-', emptyDir: {} }] }, /volumes\[keyfirst-dev-\]: is a name that/],
    [
      'our name among the app containers',
      { containers: containers({ name: 'web' }, { name: 'keyfirst-init' }) },
      /containers\[keyfirst-init\]: is a name/,
    ],
    ['the name of the check container', { initContainers: names('keyfirst-check') }, /keyfirst-check/],
    [
      'an app that mounts the identity',
      { containers: containers({ name: 'web', volumeMounts: [{ name: 'keyfirst-identity', mountPath: '/x' }] }) },
      /only the Keyfirst init container/,
    ],
    [
      'an app that mounts the variables',
      { containers: containers({ name: 'web', volumeMounts: [{ name: 'keyfirst-env', mountPath: '/x' }] }) },
      /only the Keyfirst init container/,
    ],
    [
      'a writable mount of the secrets',
      { containers: containers({ name: 'web', volumeMounts: [{ name: 'keyfirst-secrets', mountPath: '/x' }] }) },
      /writable/,
    ],
    [
      'another mount at our path',
      {
        containers: containers({ name: 'web', volumeMounts: [{ name: 'data', mountPath: '/keyfirst/secrets' }] }),
        volumes: [{ name: 'data' }],
      },
      /mount-path to another path/,
    ],
    ['a forged init container', { initContainers: names('keyfirst-init') }, /not as Keyfirst would add it/],
  ])('%s', (_name, spec, message) => {
    expect(refusal(pod(ASKING, spec))).toEqual([expect.stringMatching(message)]);
  });

  it("leaves a user's own read-only mount of the secrets alone and adds ours beside it", () => {
    const own = { name: 'keyfirst-secrets', mountPath: '/own', readOnly: true };

    const after = inject(pod(ASKING, { containers: containers({ name: 'web', volumeMounts: [own] }) }));

    expect(after.spec.containers[0]?.volumeMounts).toEqual([
      own,
      { name: 'keyfirst-secrets', mountPath: '/keyfirst/secrets', readOnly: true },
    ]);
  });

  it.each([
    ['a command', { command: ['sh'] }],
    ['arguments', { args: ['x'] }],
    ['variables from elsewhere', { envFrom: [{ secretRef: { name: 'x' } }] }],
    ['another config', { env: [{ name: 'KEYFIRST_CONFIG', value: '{"version":1}' }] }],
    [
      'a config twice',
      {
        env: [
          { name: 'KEYFIRST_CONFIG', value: 'x' },
          { name: 'KEYFIRST_CONFIG', value: 'y' },
        ],
      },
    ],
    ['no config', { env: null }],
    ['another image', { image: 'registry.test/evil/injector:1.0.0' }],
    ['another tag', { image: 'registry.test/keyfirst/injector:2.0.0' }],
    ['a suffix of our image', { image: 'registry.test/notkeyfirst/injector:1.0.0' }],
    ['no mount', { volumeMounts: [] }],
    ['a life as a sidecar', { restartPolicy: 'Always' }],
    ['restarts of its own', { restartPolicy: 'OnFailure' }],
    ['a hook', { lifecycle: { postStart: { exec: { command: ['x'] } } } }],
    ['a termination message over the program', { terminationMessagePath: '/app/main.js' }],
    ['root', { securityContext: { runAsUser: 0 } }],
    ['privileges', { securityContext: { privileged: true } }],
    ['escalation', { securityContext: { allowPrivilegeEscalation: true } }],
    ['capabilities', { securityContext: { capabilities: { add: ['NET_ADMIN'] } } }],
  ])('refuses our container with %s', (_name, change) => {
    const after = inject(pod());
    Object.assign(after.spec.initContainers?.[0] ?? {}, change);

    expect(refusal(after)).toEqual([expect.stringMatching(/is not as Keyfirst would add it now: another webhook changed it/)]);
  });

  it.each(['/app', '/keyfirst/ca/../../app', '/var/run/secrets/..'])('refuses our container with another volume at %s', (mountPath) => {
    const after = inject(pod());
    after.spec.initContainers?.[0]?.volumeMounts?.push({ name: 'data', mountPath });

    expect(refusal(after)).toEqual([expect.stringMatching(/is not as Keyfirst would add it now/)]);
  });

  it.each([
    ['a CA of settings that changed', { name: 'keyfirst-ca-x', configMap: { name: 'x' } }],
    ['values of a dev store that is gone', { name: 'keyfirst-dev-x', configMap: { name: 'x' } }],
    [
      'the wrapper of a replica that mounts the image',
      { name: 'keyfirst-bin', image: { reference: 'mirror.test/keyfirst/injector:1.0.0' } },
    ],
  ])('takes a completed pod with %s, which another replica may have added', (_name, more) => {
    const after = inject(pod());
    after.spec.volumes?.push(more);

    expect(mutatePod(after, 'shop', decision())).toEqual({ kind: 'skip', reason: 'already-complete' });
  });

  it.each([
    { name: 'keyfirst-ca-x', secret: { secretName: 'x' } },
    { name: 'keyfirst-dev-x', emptyDir: {} },
    { name: 'keyfirst-bin', emptyDir: {} },
    { name: 'keyfirst-bin', image: { reference: 'registry.test/evil:1.0.0' } },
  ])('refuses a completed pod with %j', (more) => {
    const after = inject(pod());
    after.spec.volumes?.push(more);

    expect(refusal(after)).toEqual([`spec.volumes[${more.name}]: is a name that Keyfirst reserves; give your volume another name`]);
  });

  it('takes names that only begin alike', () => {
    const own = ['keyfirst-binary', 'keyfirst-ca', 'keyfirst-developers'].map((name) => ({ name, emptyDir: {} }));

    expect(inject(pod(ASKING, { volumes: own })).spec.volumes).toEqual(expect.arrayContaining(own));
  });

  it('takes our container with the token of a cloud identity webhook', () => {
    const after = inject(pod());
    const mountPath = '/var/run/secrets/azure/tokens';
    after.spec.initContainers?.[0]?.volumeMounts?.push({ name: 'azure-identity-token', mountPath, readOnly: true });

    expect(mutatePod(after, 'shop', decision())).toEqual({ kind: 'skip', reason: 'already-complete' });
  });

  it.each([
    ['a digest in the place of the tag', { image: 'registry.test/keyfirst/injector@sha256:abc' }],
    ['a mirror of the registry', { image: 'mirror.test:5000/cache/keyfirst/injector:1.0.0' }],
    ['a pinned digest', { image: 'registry.test/keyfirst/injector:1.0.0@sha256:abc' }],
    ['other resources', { resources: { requests: { cpu: '1' } } }],
  ])('takes our container with %s, which other webhooks may rightly change', (_name, change) => {
    const after = inject(pod());
    Object.assign(after.spec.initContainers?.[0] ?? {}, change);

    expect(mutatePod(after, 'shop', decision())).toEqual({ kind: 'skip', reason: 'already-complete' });
  });

  it('takes our container with the restart rules that another replica knows of, or without', () => {
    const never = pod(ASKING, { restartPolicy: 'Never' });
    const at = (minor: number) => decision(undefined, minor);

    for (const [first, second] of [
      [34, 35],
      [35, 34],
    ] as const) {
      const once = patched(never, mutatePod(never, 'shop', at(first)));
      expect(mutatePod(once, 'shop', at(second))).toEqual({ kind: 'skip', reason: 'already-complete' });
    }
  });

  it('takes our container with more variables, which cloud webhooks add', () => {
    const after = inject(pod());
    after.spec.initContainers?.[0]?.env?.push({ name: 'AWS_REGION', value: 'eu-west-1' }, { name: 'NODE_NAME', value: 'x' });

    expect(mutatePod(after, 'shop', decision())).toEqual({ kind: 'skip', reason: 'already-complete' });
  });

  it('refuses our container with variables that redirect it, and names them', () => {
    const after = inject(pod());
    const more = [
      { name: 'NODE_OPTIONS', value: '--require=/x' },
      { name: 'AWS_CONTAINER_CREDENTIALS_FULL_URI', value: 'http://127.0.0.1:1/' },
    ];
    after.spec.initContainers?.[0]?.env?.push(...more);

    expect(refusal(after)).toEqual([
      'spec.initContainers[keyfirst-init]: has the variable NODE_OPTIONS, AWS_CONTAINER_CREDENTIALS_FULL_URI, which decides what it runs, whom it trusts or whose credentials it takes: another webhook added it; keep it from containers of this name',
    ]);
  });
});

describe('a container that comes after our init container', () => {
  it('gets its mount where it can read the files', () => {
    const after = inject(pod());
    after.spec.containers.push(...containers({ name: 'late' }));

    expect(inject(after).spec.containers[1]?.volumeMounts).toEqual([expect.objectContaining({ name: 'keyfirst-secrets' })]);
  });

  it.each([
    ['the default mode', ASKING],
    ['a mode of its own', { 'keyfirst.dev/secrets': '- {file: a, from: "vault://a/b#c", mode: "0400"}' }],
  ])('gets none where %s keeps it out', (_name, annotations) => {
    const input = pod(annotations, { containers: containers({ name: 'web', securityContext: { runAsUser: 1000 } }) });
    const after = inject(input);
    after.spec.containers.push(...containers({ name: 'late' }));

    expect(mutatePod(after, 'shop', decision())).toEqual({
      kind: 'skip',
      reason: 'already-complete',
      warnings: [expect.stringMatching(/^the container late was added after Keyfirst ran/)],
    });
  });

  it('is found at the place that our container has by now', () => {
    const after = inject(pod(ASKING, { initContainers: names('migrate') }));
    after.spec.initContainers?.unshift(...names('earlier'));

    expect(mutatePod(after, 'shop', decision())).toEqual({ kind: 'skip', reason: 'already-complete' });
  });
});

it('warns when every container belongs to a mesh', () => {
  const result = mutatePod(pod(ASKING, { containers: names('istio-proxy') }), 'shop', decision());

  expect(result).toMatchObject({ kind: 'inject', plan: { warnings: [expect.stringMatching(/no container of this pod gets the files/)] } });
});

describe('the init container', () => {
  it('has a restart rule only in a Never pod of a cluster that knows them', () => {
    expect(ours(pod(ASKING, { restartPolicy: 'Never' }), undefined, 35)).toHaveProperty('restartPolicyRules');
    expect(ours(pod(ASKING, { restartPolicy: 'Never' }), undefined, 34)).not.toHaveProperty('restartPolicy');
    expect(ours(pod(ASKING, { restartPolicy: 'Always' }), undefined, 37)).not.toHaveProperty('restartPolicy');
    expect(ours(pod(ASKING, { restartPolicy: 'Never' }), `${SETTINGS_TEXT}kubernetesVersion: "1.34"`, 37)).not.toHaveProperty(
      'restartPolicy',
    );
  });

  it('shares the message budget among all containers of the pod', () => {
    const budget = (count: number) =>
      JSON.parse(ours(pod(ASKING, { containers: names(...Array.from({ length: count }, (_, i) => `c${i}`)) }))?.env?.[0]?.value ?? '')
        .messageBytes;

    expect([budget(1), budget(2), budget(12), budget(50)]).toEqual([4096, 4096, 945, 240]);
  });

  it('asks for no token when no store needs one', () => {
    const after = inject(pod({ 'keyfirst.dev/file.a': 'dev://a', 'keyfirst.dev/store.dev.config-map': 'demo' }));

    expect(after.spec.volumes?.map(({ name }) => name)).toEqual(['keyfirst-secrets', 'keyfirst-dev-dev']);
  });
});

describe('details that a wrong plan would get past every other test with', () => {
  const config = (input: Pod, text?: string) => JSON.parse(ours(input, text)?.env?.[0]?.value ?? '');

  it('takes the account from the older field, and the default one without any', () => {
    expect(config(pod(ASKING, { serviceAccountName: null, serviceAccount: 'older' })).identity).toEqual({
      namespace: 'shop',
      serviceAccount: 'older',
    });
    expect(config(pod(ASKING, { serviceAccountName: null })).identity.serviceAccount).toBe('default');
  });

  it('passes every setting of the store on', () => {
    const annotations = {
      ...ASKING,
      'keyfirst.dev/store.vault.auth-path': 'kubernetes-prod',
      'keyfirst.dev/store.vault.auth': 'jwt',
      'keyfirst.dev/store.vault.namespace': 'team',
      'keyfirst.dev/store.vault.tls-server-name': 'vault.internal',
    };

    expect(config(pod(annotations)).stores.vault).toMatchObject({
      authPath: 'kubernetes-prod',
      auth: 'jwt',
      namespace: 'team',
      tlsServerName: 'vault.internal',
    });
  });

  it('passes the pull policy on, and leaves it out where none is set', () => {
    expect(ours(pod(), SETTINGS_TEXT.replace('}', ', pullPolicy: Never}'))).toHaveProperty('imagePullPolicy', 'Never');
    expect(ours(pod())).not.toHaveProperty('imagePullPolicy');
  });

  it('looks at init containers too before it calls a pod Guaranteed', () => {
    const limits = { cpu: '1', memory: '1Gi' };
    const input = pod(ASKING, {
      containers: containers({ name: 'web', resources: { limits } }),
      initContainers: containers({ name: 'migrate' }),
    });

    expect(ours(input)?.resources).toEqual({ requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '128Mi' } });
  });

  it.each([
    ['a request below its limit', { requests: { cpu: '1', memory: '1Gi' }, limits: { cpu: '2', memory: '1Gi' } }],
    ['a limit of zero', { limits: { cpu: '0', memory: '1Gi' } }],
  ])('does not call %s Guaranteed', (_name, resources) => {
    expect(ours(pod(ASKING, { containers: containers({ name: 'web', resources }) }))?.resources?.limits).toEqual({ memory: '128Mi' });
  });

  it('has no resources of its own under limits of the pod alone', () => {
    expect(ours(pod(ASKING, { resources: { limits: { memory: '1Gi' } } }))).not.toHaveProperty('resources');
  });

  it('takes a memory volume whose size was written another way for ours', () => {
    const after = inject(pod());
    Object.assign(after.spec.volumes?.[0] ?? {}, { emptyDir: { medium: 'Memory', sizeLimit: '4096Ki' } });

    expect(mutatePod(after, 'shop', decision())).toEqual({ kind: 'skip', reason: 'already-complete' });
  });

  it('lets a container that gets no files mount what it likes at our path', () => {
    const input = pod(
      { ...ASKING, 'keyfirst.dev/containers': 'web' },
      {
        containers: containers({ name: 'web' }, { name: 'other', volumeMounts: [{ name: 'data', mountPath: '/keyfirst/secrets' }] }),
        volumes: [{ name: 'data' }],
      },
    );

    expect(refusal(input)).toEqual(['inject']);
  });
});

describe('views', () => {
  const list =
    '- {file: a, from: "vault://a/b#c", containers: [web]}\n- {file: b, from: "vault://a/b#d"}\n- {file: a, from: "vault://a/b#e", containers: [worker]}';
  const input = () => pod({ 'keyfirst.dev/secrets': list }, { containers: names('web', 'worker', 'third') });
  const subPaths = (after: Pod) => after.spec.containers.map(({ volumeMounts }) => volumeMounts?.[0]?.subPath);

  it('give each container the folder of its own entries, and files of one name to different ones', () => {
    const after = inject(input());
    const { secrets } = JSON.parse(after.spec.initContainers?.[0]?.env?.[0]?.value ?? '') as {
      secrets: { file: string; views: string[] }[];
    };
    const [web, worker, third] = subPaths(after);

    expect(new Set([web, worker, third]).size).toBe(3);
    expect(secrets.map(({ file, views }) => [file, views])).toEqual([
      ['a', [web]],
      ['b', [web, worker, third]],
      ['a', [worker]],
    ]);
  });

  it('are the same at a second admission', () => {
    expect(mutatePod(inject(input()), 'shop', decision())).toEqual({ kind: 'skip', reason: 'already-complete' });
  });

  it('leave a container without entries without a mount', () => {
    const after = inject(
      pod({ 'keyfirst.dev/secrets': '- {file: a, from: "vault://a/b#c", containers: [web]}' }, { containers: names('web', 'other') }),
    );

    expect(after.spec.containers[1]).not.toHaveProperty('volumeMounts');
  });

  it('are given to a later container only if they were written', () => {
    const known = inject(input());
    known.spec.containers.push(...names('late'));
    const unknown = inject(
      pod({ 'keyfirst.dev/secrets': list.replace(/\n- \{file: b[^\n]*/, '') }, { containers: names('web', 'worker') }),
    );
    unknown.spec.containers.push(...names('late'));

    expect(inject(known).spec.containers[3]?.volumeMounts?.[0]?.subPath).toBe(subPaths(known)[2]);
    expect(mutatePod(unknown, 'shop', decision())).toEqual({ kind: 'skip', reason: 'already-complete' });
  });

  it('can only name containers that get secrets', () => {
    expect(refusal(pod({ 'keyfirst.dev/secrets': '- {file: a, from: "vault://a/b#c", containers: [wbe]}' }))).toEqual([
      expect.stringMatching(/`containers` names `wbe`.*did you mean `web`/),
    ]);
  });

  it('refuse two files of one name for one container', () => {
    expect(refusal(pod({ 'keyfirst.dev/secrets': list.replace('[worker]', '[web]') }, { containers: names('web', 'worker') }))).toEqual([
      expect.stringMatching(/secrets\[2\]: asks for the file `a`, which keyfirst\.dev\/secrets\[0\] asks for already/),
    ]);
  });
});
