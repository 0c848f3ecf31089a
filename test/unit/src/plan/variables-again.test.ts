import { describe, expect, it } from 'vitest';
import type { Decision } from '../../../../src/admission/decide.ts';
import { mutatePod } from '../../../../src/admission/mutate-pod.ts';
import type { Container, Pod } from '../../../../src/plan/pod.ts';
import { answer } from '../../../support/answer.ts';
import { patched } from '../../../support/patched.ts';
import { containers, decision, pod } from '../../../support/pods.ts';

const REF = 'vault://secret/shop/db#password';
const ENV = { 'keyfirst.dev/env.DB_PASSWORD': REF };
const PROXY = { name: 'HTTPS_PROXY', value: 'http://proxy:3128' };
const list = (text: string) => ({ 'keyfirst.dev/secrets': text });

const decide = (input: Pod) => mutatePod(input, 'shop', decision(undefined, 37));
const inject = (input: Pod) => patched(input, decide(input));
const refusals = (result: Decision) => (result.kind === 'reject' ? result.issues.map(({ key, message }) => `${key}: ${message}`) : result);
const named = (after: Pod, name: string): Container => {
  const container = [...after.spec.containers, ...(after.spec.initContainers ?? [])].find((one) => one.name === name);
  if (container === undefined) throw new Error(`no container ${name}`);
  return container;
};
const COMPLETE = { kind: 'skip', reason: 'already-complete' };

interface Config {
  readonly stores: Readonly<Record<string, object>>;
  readonly secrets: readonly { readonly from: object; readonly views?: string[] }[];
  readonly variables: readonly { readonly names: object }[];
}

/** The pod after its first admission, with the configuration of our container rewritten by someone else. */
function forged(input: Pod, change: (config: Config) => void): Pod {
  const once = inject(input);
  const [variable] = named(once, 'keyfirst-init').env ?? [];
  if (variable === undefined) throw new Error('no configuration');
  const config = JSON.parse(variable.value ?? '');
  change(config);
  variable.value = JSON.stringify(config);
  return once;
}

describe('a container that bears our name is not ours where its configuration differs in', () => {
  const NOT_OURS = [expect.stringMatching(/^spec.initContainers\[keyfirst-init\]: is not as Keyfirst would add it now/)];

  it.each(['mode', 'views', 'lists', 'suffix', 'contract'])('the store %s, though fields of ours bear that name', (name) => {
    const input = pod({ 'keyfirst.dev/env.A': `${name}://secret/a#b`, [`keyfirst.dev/store.${name}.provider`]: 'vault' });
    const other = forged(input, ({ stores }) => {
      Object.assign(stores[name] ?? {}, { address: 'https://elsewhere.test' });
    });

    expect(refusals(decide(other))).toEqual(NOT_OURS);
  });

  it.each(['mode', 'views', 'lists', 'suffix'])('the source or variable %s', (name) => {
    const source = forged(pod(list(`- {file: a.json, from: {${name}: "${REF}"}}`)), ({ secrets }) => {
      Object.assign(secrets[0]?.from ?? {}, { [name]: 'vault://secret/other#x' });
    });
    const variable = forged(pod(list(`- {env: {${name}: user}, from: vault://secret/shop/db}`)), ({ variables }) => {
      Object.assign(variables[0]?.names ?? {}, { [name]: 'password' });
    });

    expect(refusals(decide(source))).toEqual(NOT_OURS);
    expect(refusals(decide(variable))).toEqual(NOT_OURS);
  });

  it('what the kubelet would make of it', () => {
    const other = forged(pod(list(`- {file: a, from: "${REF}", containers: [web]}`)), ({ secrets }) => secrets[0]?.views?.push('$(X)'));
    named(other, 'keyfirst-init').env?.unshift({ name: 'X', value: '"]}],"stores":{},"secrets":[{"views":["' });

    expect(refusals(decide(other))).toEqual(NOT_OURS);
  });

  it('and is ours where a reference has a `$`, which we write in another way', () => {
    expect(decide(inject(pod({ 'keyfirst.dev/file.a': 'vault://secret/$(X)/$$#b' })))).toEqual(COMPLETE);
  });
});

describe('the check, seen again', () => {
  it.each([
    ['before its own', (own: object[]) => [PROXY, ...own]],
    ['after its own', (own: object[]) => [...own, PROXY]],
  ])('may have been given variables that every container gets: %s', (_where, give) => {
    const once = inject(pod(ENV));
    const check = named(once, 'keyfirst-check');
    check.env = give(check.env ?? []) as Container['env'];
    expect(decide(once)).toEqual(COMPLETE);

    const stripped = structuredClone(once);
    for (const variable of named(stripped, 'keyfirst-check').env ?? []) delete variable.valueFrom;
    expect(inject(stripped)).toEqual(once);
  });

  it.each([
    ['a plain value', [{ name: 'KEYFIRST_CHECK', value: '1' }]],
    ['another source', [{ name: 'KEYFIRST_CHECK', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }]],
    ['another file', [{ name: 'KEYFIRST_CHECK', valueFrom: { fileKeyRef: { volumeName: 'keyfirst-env', path: 'X', key: 'X' } } }]],
    ['a second one, which would count', [...(named(inject(pod(ENV)), 'keyfirst-check').env ?? []), { name: 'KEYFIRST_CHECK', value: '1' }]],
    ['none', [PROXY]],
  ])('is refused where its variable has %s', (_what, env) => {
    const once = inject(pod(ENV));
    named(once, 'keyfirst-check').env = env;

    expect(refusals(decide(once))).toEqual([expect.stringMatching(/^spec.initContainers\[keyfirst-check\]/)]);
  });
});

describe('an empty variable of our name', () => {
  it('beside ours is refused: the last one would count, and start the app without its secret', () => {
    const once = inject(pod(ENV));
    named(once, 'web').env?.push({ name: 'DB_PASSWORD' });

    expect(refusals(decide(once))).toEqual([expect.stringMatching(/the container `web` sets the variable `DB_PASSWORD` itself/)]);
  });

  it('of a container that came later is its own where we write no file for it', () => {
    const once = inject(pod(ENV, { containers: containers({ name: 'web', command: ['/app'] }) }));
    once.spec.containers.push(...containers({ name: 'late', env: [{ name: 'DB_PASSWORD' }] }));

    const second = decide(once);

    expect(second).toEqual({ ...COMPLETE, warnings: [expect.stringMatching(/^the container late was added after Keyfirst ran/)] });
    expect(answer('uid', second).response).toMatchObject({
      allowed: true,
      warnings: [expect.stringMatching(/^keyfirst: the container late/)],
    });
  });
});

describe('a container that comes later', () => {
  it('is left as it is where nobody took variables by the wrapper, so that it lies nowhere', () => {
    const only = { ...ENV, 'keyfirst.dev/env-delivery': 'exec' };
    const once = inject(pod(only, { containers: containers({ name: 'istio-proxy' }) }));
    once.spec.containers.push(...containers({ name: 'late', command: ['/app'] }));

    expect(decide(once)).toMatchObject({ ...COMPLETE, warnings: [expect.stringContaining('late')] });
  });

  it('gets the wrapper where it and the list are there', () => {
    const only = { ...ENV, 'keyfirst.dev/env-delivery': 'exec' };
    const once = inject(pod(only, { containers: containers({ name: 'web', command: ['/app'] }) }));
    once.spec.containers.push(...containers({ name: 'late', command: ['/late'] }));

    expect(named(inject(once), 'late').command?.at(-1)).toBe('/late');
    expect(named(inject(once), 'late').command).toHaveLength(3);
  });
});

it('what another webhook dropped is told in warnings that are short enough to arrive whole', () => {
  const names = Array.from({ length: 8 }, (_, index) => `container-${index}`);
  const once = inject(pod(ENV, { containers: containers(...names.map((name) => ({ name }))) }));
  for (const { env } of once.spec.containers) for (const variable of env ?? []) variable.valueFrom = {};

  const second = decide(once);

  const warnings = second.kind === 'inject' ? second.plan.warnings : [];
  expect(warnings).toEqual([
    expect.stringMatching(/^another webhook.*dropped `fileKeyRef` from the variables of container-0, .*Keyfirst put it back$/),
    expect.stringMatching(/`must specify one of`.*keyfirst.dev\/env-delivery: exec/),
  ]);
  for (const warning of warnings) expect(warning.length).toBeLessThan(246);
});
