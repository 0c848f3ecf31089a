import { describe, expect, it } from 'vitest';
import { mutatePod } from '../../../../src/admission/mutate-pod.ts';
import { parseAnnotations } from '../../../../src/annotations/parse.ts';
import { patchFor } from '../../../../src/patch/json-patch.ts';
import { buildPlan } from '../../../../src/plan/build-plan.ts';
import type { Container, Pod } from '../../../../src/plan/pod.ts';
import { mentions } from '../../../../src/plan/used-early.ts';
import { patched } from '../../../support/patched.ts';
import { containers, decision, pod, SETTINGS_TEXT } from '../../../support/pods.ts';

const REF = 'vault://secret/shop/db#password';
const ENV = { 'keyfirst.dev/env.DB_PASSWORD': REF };
const list = (text: string) => ({ 'keyfirst.dev/secrets': text });
const delivery = (wanted: string) => ({ 'keyfirst.dev/env-delivery': wanted });

const decide = (input: Pod, text?: string, minor = 37) => mutatePod(input, 'shop', decision(text, minor));
const inject = (input: Pod, text?: string, minor?: number) => patched(input, decide(input, text, minor));
const refusals = (input: Pod, text?: string, minor?: number) => {
  const result = decide(input, text, minor);
  return result.kind === 'reject' ? result.issues.map(({ key, message }) => `${key}: ${message}`) : [result.kind];
};
const named = (after: Pod, name: string): Container => {
  const container = [...after.spec.containers, ...(after.spec.initContainers ?? [])].find((one) => one.name === name);
  if (container === undefined) throw new Error(`no container ${name}`);
  return container;
};
const configOf = (after: Pod) => JSON.parse(named(after, 'keyfirst-init').env?.[0]?.value ?? '');
const keyRef = (name: string, path = name) => ({
  name,
  valueFrom: { fileKeyRef: { volumeName: 'keyfirst-env', path, key: name } },
});

describe('variables by fileKeyRef', () => {
  const web = { name: 'web', env: [{ name: 'URL', value: 'postgres://$(DB_PASSWORD)@db' }] };
  const after = inject(pod(ENV, { containers: containers(web) }));

  it('go before all others of a container, whose mounts and command stay as they are', () => {
    expect(named(after, 'web')).toEqual({ image: 'localhost/app:1', ...web, env: [keyRef('DB_PASSWORD'), ...web.env] });
  });

  it('come from a memory volume that only our container mounts', () => {
    expect(after.spec.volumes).toContainEqual({ name: 'keyfirst-env', emptyDir: { medium: 'Memory', sizeLimit: '4Mi' } });
    expect(named(after, 'keyfirst-init').volumeMounts).toContainEqual({ name: 'keyfirst-env', mountPath: '/keyfirst/env' });
    expect(configOf(after).variables).toEqual([
      { key: 'keyfirst.dev/env.DB_PASSWORD', from: REF, mode: 0o444, name: 'DB_PASSWORD', suffix: '' },
    ]);
  });

  it('are proved by a second init container, right after ours, that mounts nothing', () => {
    expect(after.spec.initContainers?.map(({ name }) => name)).toEqual(['keyfirst-init', 'keyfirst-check']);
    expect(named(after, 'keyfirst-check')).toMatchObject({
      image: 'registry.test/keyfirst/injector:1.0.0',
      command: ['/app/bin/keyfirst-check'],
      env: [keyRef('KEYFIRST_CHECK')],
      terminationMessagePolicy: 'FallbackToLogsOnError',
    });
    expect(named(after, 'keyfirst-check')).not.toHaveProperty('volumeMounts');
    expect(named(after, 'keyfirst-check').securityContext).toEqual(named(after, 'keyfirst-init').securityContext);
  });

  it('are not proved where an admin vouches for the nodes, also for a container with a command', () => {
    const vouched = inject(pod(ENV, { containers: containers({ ...web, command: ['/app'] }) }), `${SETTINGS_TEXT}\nenv: {check: false}`);

    expect(vouched.spec.initContainers?.map(({ name }) => name)).toEqual(['keyfirst-init']);
    expect(named(vouched, 'web')).toMatchObject({ command: ['/app'], env: [keyRef('DB_PASSWORD'), ...web.env] });
  });

  it('are marked optional where they are', () => {
    const optional = inject(pod(list(`- {env: A, from: "${REF}", optional: true}`)));

    expect(named(optional, 'web').env?.[0]).toMatchObject({ valueFrom: { fileKeyRef: { optional: true } } });
  });

  it('tell two of one name apart', () => {
    const text = `- {env: A, from: "vault://a/b#c", containers: [web]}\n- {env: A, from: "vault://a/b#d", containers: [worker]}`;
    const both = inject(pod(list(text), { containers: containers({ name: 'web' }, { name: 'worker' }) }));
    const paths = ['web', 'worker'].map((name) => named(both, name).env?.[0]?.valueFrom as { fileKeyRef: { path: string } });

    expect(new Set(paths.map(({ fileKeyRef }) => fileKeyRef.path)).size).toBe(2);
    expect(configOf(both).variables.map(({ suffix }: { suffix: string }) => `A${suffix}`)).toEqual(
      paths.map(({ fileKeyRef }) => fileKeyRef.path),
    );
  });
});

describe('variables by exec', () => {
  const web = { name: 'web', command: ['/app', '-v'], args: ['serve'] };
  const after = inject(pod({ ...ENV, ...delivery('exec') }, { containers: containers(web) }));

  it('put the wrapper and its list before the command, and mount where they are', () => {
    expect(named(after, 'web')).toMatchObject({
      command: ['/keyfirst/secrets/.keyfirst/exec', '/keyfirst/secrets/.keyfirst/env', '/app', '-v'],
      args: ['serve'],
      volumeMounts: [{ name: 'keyfirst-secrets', mountPath: '/keyfirst/secrets', readOnly: true }],
    });
    expect(named(after, 'web')).not.toHaveProperty('env');
    expect(after.spec.initContainers?.map(({ name }) => name)).toEqual(['keyfirst-init']);
    expect(configOf(after)).toMatchObject({ copyWrapper: true, variables: [{ name: 'DB_PASSWORD', lists: [''] }] });
  });

  it('follow the mount path, of which the kubelet expands nothing', () => {
    const odd = inject(pod({ ...ENV, 'keyfirst.dev/mount-path': '/a/$(B)' }, { containers: containers(web) }));

    expect(named(odd, 'web').command?.[0]).toMatch(/^\/a\/\$\$\(B\)\/(view-[0-9a-f]+\/)?\.keyfirst\/exec$/);
  });

  it('take the wrapper from an image volume where the admin says so', () => {
    const image = inject(
      pod({ ...ENV, ...delivery('exec') }, { containers: containers(web) }),
      `${SETTINGS_TEXT}\nenv: {wrapper: image-volume}`,
    );

    expect(image.spec.volumes).toContainEqual({ name: 'keyfirst-bin', image: { reference: 'registry.test/keyfirst/injector:1.0.0' } });
    expect(named(image, 'web')).toMatchObject({
      command: ['/keyfirst/bin/keyfirst-exec', '/keyfirst/secrets/.keyfirst/env', '/app', '-v'],
      volumeMounts: expect.arrayContaining([{ name: 'keyfirst-bin', mountPath: '/keyfirst/bin', subPath: 'app/bin', readOnly: true }]),
    });
    expect(configOf(image)).not.toHaveProperty('copyWrapper');
    expect(decide(image, `${SETTINGS_TEXT}\nenv: {wrapper: image-volume}`)).toEqual({ kind: 'skip', reason: 'already-complete' });
  });

  it('take all keys of a secret, under a prefix', () => {
    const bulk = inject(pod(list('- {env: "*", prefix: DB_, from: "vault://secret/shop/db"}'), { containers: containers(web) }));

    expect(configOf(bulk).variables).toMatchObject([{ prefix: 'DB_' }]);
    expect(named(bulk, 'web').command).toHaveLength(4);
  });

  it.each([
    [['sh', '-c', 'echo $(DB_PASSWORD)'], [/uses `\$\(DB_PASSWORD\)`/]],
    [['sh', '-c', 'echo $$(DB_PASSWORD) $DB_PASSWORD'], ['inject']],
  ])('%j', (command, expected) => {
    const result = refusals(pod({ ...ENV, ...delivery('exec') }, { containers: containers({ name: 'web', command }) }));

    expect(result).toEqual(expected.map((one) => (typeof one === 'string' ? one : expect.stringMatching(one))));
  });
});

describe('auto', () => {
  const two = containers({ name: 'web', command: ['/app'] }, { name: 'worker' });

  it('decides for each container, and lets each see only what is its own', () => {
    const after = inject(pod(ENV, { containers: two }));

    expect(named(after, 'web').command?.[0]).toMatch(/\.keyfirst\/exec$/);
    expect(named(after, 'worker')).toMatchObject({ env: [keyRef('DB_PASSWORD')] });
    expect(named(after, 'worker')).not.toHaveProperty('volumeMounts');
    expect(configOf(after).variables[0]).toMatchObject({ suffix: '', lists: [expect.stringMatching(/^view-/)] });
  });

  it('refuses what cannot work on an old cluster, once for each container', () => {
    expect(refusals(pod(ENV, { containers: two }), undefined, 34)).toEqual([
      expect.stringMatching(
        /^keyfirst.dev\/env.DB_PASSWORD: the container `worker` gets variables, for which this cluster .* needs a `command`/,
      ),
    ]);
    expect(refusals(pod(ENV, { containers: containers({ name: 'web', command: ['/app'] }) }), undefined, 34)).toEqual(['inject']);
  });

  it('says more than the version where the admin does', () => {
    expect(refusals(pod(ENV), `${SETTINGS_TEXT}\nenv: {fileKeyRef: false}`)[0]).toMatch(/needs a `command`/);
    expect(refusals(pod(ENV), `${SETTINGS_TEXT}\nenv: {fileKeyRef: true}`, 34)).toEqual(['inject']);
  });
});

describe('a variable that is used where only the kubelet sets it', () => {
  const USES: [string, object][] = [
    ['an argument', { args: ['--password=$(DB_PASSWORD)'] }],
    ['a variable made of it', { env: [{ name: 'URL', value: 'db://$(DB_PASSWORD)' }] }],
    ['a probe', { livenessProbe: { exec: { command: ['sh', '-c', 'ping -a $DB_PASSWORD'] } } }],
    ['another probe', { startupProbe: { exec: { command: ['sh', '-c', 'ping -a "${DB_PASSWORD}"'] } } }],
    ['one more', { readinessProbe: { exec: { command: ['sh', '-c', 'ping -a "${DB_PASSWORD:-}"'] } } }],
    ['a hook', { lifecycle: { preStop: { exec: { command: ['sh', '-c', 'bye $DB_PASSWORD'] } } } }],
    ['another hook', { lifecycle: { postStart: { exec: { command: ['sh', '-c', 'hi $DB_PASSWORD'] } } } }],
  ];

  it.each(USES)('comes by the kubelet, also where a command would allow the wrapper: %s', (_where, use) => {
    const after = inject(pod(ENV, { containers: containers({ name: 'web', command: ['/app'], ...use }) }));

    expect(named(after, 'web').command).toEqual(['/app']);
    expect(named(after, 'web').env?.[0]).toEqual(keyRef('DB_PASSWORD'));
    expect(after.spec.initContainers?.map(({ name }) => name)).toEqual(['keyfirst-init', 'keyfirst-check']);
  });

  it.each([
    ['a longer name', { livenessProbe: { exec: { command: ['sh', '-c', 'ping $DB_PASSWORD_FILE'] } } }],
    ['a probe of another kind', { livenessProbe: { httpGet: { path: '/$DB_PASSWORD', port: 80 } } }],
    ['an escaped one', { args: ['$$(DB_PASSWORD)'] }],
    ['the shell of the command', { args: ['-c', 'echo $DB_PASSWORD'] }],
  ])('comes by the wrapper for %s', (_what, use) => {
    const after = inject(pod(ENV, { containers: containers({ name: 'web', command: ['/app'], ...use }) }));

    expect(named(after, 'web').command).toHaveLength(3);
  });

  it('is told of in a warning where a probe or hook will not see it', () => {
    const [, use] = USES[2] ?? [];
    const result = decide(pod({ ...ENV, ...delivery('exec') }, { containers: containers({ name: 'web', command: ['/app'], ...use }) }));

    expect(result).toMatchObject({
      plan: { warnings: [expect.stringMatching(/^a probe or hook of web uses \$DB_PASSWORD, which it does not see/)] },
    });
  });

  it('is refused as `$(NAME)` with only such ways out as the cluster has', () => {
    const own = { containers: containers({ name: 'web', command: ['/app', '$(DB_PASSWORD)'] }) };
    const [known] = refusals(pod({ ...ENV, ...delivery('exec') }, own));
    const [old] = refusals(pod({ ...ENV, ...delivery('exec') }, own), undefined, 34);

    expect(known).toMatch(/set keyfirst.dev\/env-delivery: file-key-ref, or let a shell expand it \(`\$\{DB_PASSWORD\}`\)$/);
    expect(old).toMatch(/sets it; let a shell expand it/);
  });
});

describe('very many variables', () => {
  const entry = (count: number) =>
    list(`- from: vault://secret/a\n  env: {${Array.from({ length: count }, (_, i) => `A${i}: k`).join(', ')}}`);
  const many = (count: number, spec: object = {}) => containers(...Array.from({ length: count }, (_, i) => ({ name: `c${i}`, ...spec })));

  it('fit a pod up to ten thousand in all containers', () => {
    expect(refusals(pod(entry(1000), { containers: many(10) }))).toEqual(['inject']);
    expect(refusals(pod(entry(1001), { containers: many(10) }))).toEqual([
      'spec.containers: would get 10010 variables together; a pod holds 10000, so name the containers that need them with `containers` in the list, or deliver files',
    ]);
    expect(refusals(pod(entry(1001), { containers: many(10, { command: ['/app'] }) }))).toEqual(['inject']);
  });

  it.each([undefined, ['/app']])('beside very many others take one look at each: command %j', (command) => {
    let looks = 0;
    const own = Array.from({ length: 2000 }, (_, i) => ({ value: '', name: `O${i}` }));
    const spied = own.map((variable) =>
      Object.defineProperty({ ...variable }, 'name', {
        enumerable: true,
        get: () => {
          looks++;
          return variable.name;
        },
      }),
    );
    const input = pod(entry(1000), { containers: containers({ name: 'web', command }) });
    const [web] = input.spec.containers;
    if (web !== undefined) web.env = spied;

    const parsed = parseAnnotations(input.metadata?.annotations ?? {}, { ...decision().annotations, serviceAccount: {} });
    if (!parsed.ok) throw new Error('not parsed');
    const planned = buildPlan(parsed.request, input, 'shop', decision(undefined, 37).plan);
    if (!planned.ok) throw new Error('not planned');
    patchFor(input, planned.plan);

    expect(looks).toBeLessThan(20 * own.length);
  });
});

describe('a variable', () => {
  it.each([
    ['value', { value: 'x' }],
    ['empty value', {}],
    ['Secret', { valueFrom: { secretKeyRef: { name: 'a', key: 'b' } } }],
    ['file of its own', { valueFrom: { fileKeyRef: { volumeName: 'mine', path: 'a', key: 'A' } } }],
  ])('that the container sets itself is refused: %s', (_what, source) => {
    for (const command of [undefined, ['/app']]) {
      const own = { name: 'web', command, env: [{ name: 'DB_PASSWORD', ...source }] };

      expect(refusals(pod(ENV, { containers: containers(own) }))).toEqual([
        expect.stringMatching(/^keyfirst.dev\/env.DB_PASSWORD: the container `web` sets the variable `DB_PASSWORD` itself/),
      ]);
    }
  });

  it('that Keyfirst needs itself is refused', () => {
    expect(refusals(pod({ 'keyfirst.dev/env.KEYFIRST_CHECK': REF }))).toEqual([
      'keyfirst.dev/env.KEYFIRST_CHECK: is a name that Keyfirst needs for itself; choose another',
    ]);
  });

  it('for whom no container is there goes nowhere, and the pod starts', () => {
    const after = inject(pod(ENV, { containers: containers({ name: 'istio-proxy' }) }));

    expect(configOf(after).variables).toMatchObject([{ name: 'DB_PASSWORD', lists: [''] }]);
  });

  it('whose container was copied with the wrapper before its command is in the list of that container', () => {
    const command = ['/keyfirst/secrets/.keyfirst/exec', '/keyfirst/secrets/.keyfirst/env', '/app'];
    const input = pod(
      { ...ENV, 'keyfirst.dev/file.a': REF, ...delivery('file-key-ref') },
      { containers: containers({ name: 'web', command }, { name: 'worker' }) },
    );

    expect(configOf(inject(input)).variables).toMatchObject([{ suffix: '', lists: [''] }]);
  });

  it.each([
    ['all, then one', [undefined, ['web']], [1]],
    ['one, then all', [['web'], undefined], [1]],
    ['different ones', [['web'], ['worker']], []],
    ['different ones, then both', [['web'], ['worker'], ['web', 'worker']], [2]],
    ['one twice', [['web'], ['worker'], ['web']], [2]],
  ])('that several entries set is refused where a container would get two: %s', (_what, lists, expected) => {
    const text = lists.map((one) => `- {env: A, from: "${REF}"${one === undefined ? '' : `, containers: [${one.join(', ')}]`}}`).join('\n');
    const result = refusals(pod(list(text), { containers: containers({ name: 'web' }, { name: 'worker' }) }));

    expect(result).toEqual(
      expected.length === 0
        ? ['inject']
        : expected.map((place) => `keyfirst.dev/secrets[${place}]: sets the variable \`A\`, which keyfirst.dev/secrets[0] sets already`),
    );
  });

  it('that two entries set is refused, unless for different containers', () => {
    const both = list(`- {env: DB_PASSWORD, from: "${REF}"}`);

    expect(refusals(pod({ ...ENV, ...both }))).toEqual([expect.stringMatching(/sets the variable `DB_PASSWORD`, which keyfirst.dev\/env/)]);
  });

  it('goes to init containers after ours, and not to mesh proxies', () => {
    const after = inject(
      pod(ENV, { containers: containers({ name: 'web' }, { name: 'istio-proxy' }), initContainers: containers({ name: 'migrate' }) }),
    );

    expect(named(after, 'migrate').env).toEqual([keyRef('DB_PASSWORD')]);
    expect(named(after, 'istio-proxy')).not.toHaveProperty('env');
  });

  it('goes only to the containers that its entry names', () => {
    const only = list(`- {env: A, from: "${REF}", containers: [web]}`);
    const after = inject(pod(only, { containers: containers({ name: 'web' }, { name: 'worker' }) }));

    expect(named(after, 'worker')).not.toHaveProperty('env');
    expect(refusals(pod(list(`- {env: A, from: "${REF}", containers: [wbe]}`)))).toEqual([expect.stringMatching(/did you mean `web`/)]);
  });
});

describe('a second admission', () => {
  it('gives a container that came later its variables, where the files are written', () => {
    const once = inject(pod({ ...ENV, ...delivery('file-key-ref') }));
    once.spec.containers.push(...containers({ name: 'late' }));

    expect(named(inject(once), 'late').env).toEqual([keyRef('DB_PASSWORD')]);
  });

  it.each([{ name: 'late' }, { name: 'late', command: ['/app'] }])(
    'leaves out, with a warning, one that came too late for what is written: %j',
    (late) => {
      const earlier = late.command === undefined ? { name: 'web', command: ['/app'] } : { name: 'web' };
      const once = inject(pod(ENV, { containers: containers(earlier) }));
      once.spec.containers.push(...containers(late));
      const before = structuredClone(once);

      const second = decide(once);

      expect(second.kind === 'inject' ? patched(once, second) : once).toEqual(before);
    },
  );

  it('keeps the way of a container whose command someone set meanwhile', () => {
    const once = inject(pod(ENV));
    const [web] = once.spec.containers;
    if (web !== undefined) web.command = ['/app'];

    expect(decide(once)).toEqual({ kind: 'skip', reason: 'already-complete' });
  });

  it.each([
    ['another program', { command: ['/bin/sh'] }],
    ['another image', { image: 'evil:1' }],
    ['arguments', { args: ['x'] }],
    ['a life of its own', { restartPolicy: 'Always' }],
    ['another variable', { env: [{ name: 'LD_PRELOAD', value: 'x' }] }],
  ])('refuses a check container with %s', (_what, change) => {
    const once = inject(pod(ENV));
    Object.assign(named(once, 'keyfirst-check'), change);

    expect(refusals(once)).toEqual([expect.stringMatching(/^spec.initContainers\[keyfirst-check\]: is not as Keyfirst would add it/)]);
  });

  it('refuses a check container with a variable of the loader beside its own', () => {
    const once = inject(pod(ENV));
    named(once, 'keyfirst-check').env?.push({ name: 'LD_PRELOAD', value: 'x' });

    expect(refusals(once)).toEqual([expect.stringMatching(/^spec.initContainers\[keyfirst-check\]: is not as Keyfirst would add it/)]);
  });

  it('refuses a check container where none is wanted', () => {
    expect(refusals(pod(undefined, { initContainers: containers({ name: 'keyfirst-check' }) }))).toEqual([
      expect.stringMatching(/^spec.initContainers\[keyfirst-check\]/),
    ]);
  });
});

describe('mentions', () => {
  it.each([
    ['$(A)', ['A']],
    ['x$(A)$(B)y', ['A', 'B']],
    ['$$(A)', []],
    ['$$$(A)', ['A']],
    ['$A $( A) (A) $[A]', [' A']],
    ['$$$$(A) $(A', []],
    ['$($(A))', ['$(A']],
    ['$', []],
  ])('in %j are %j', (text, expected) => {
    expect(mentions(text)).toEqual(expected);
  });
});
