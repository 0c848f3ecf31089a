import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mutatePod } from '../../../../src/admission/mutate-pod.ts';
import { rememberDecisions } from '../../../../src/admission/remember-decisions.ts';
import { verdictOf } from '../../../../src/admission/verdict.ts';
import type { Pod } from '../../../../src/plan/pod.ts';
import { askingForVariables, askingPod } from '../../../support/arbitrary-pods.ts';
import { patched } from '../../../support/patched.ts';
import { ASKING, containers, decision, pod } from '../../../support/pods.ts';

const settings = decision(undefined, 37);
/** A pod is remembered when it comes for the second time. */
const OFTEN = 3;

function counted(mutate: typeof mutatePod = mutatePod) {
  const asked: unknown[] = [];
  const remember = rememberDecisions((...call) => {
    asked.push(call[0]);
    return mutate(...call);
  });
  return { asked, remember };
}

/** As it comes out of a body: only what JSON can say. */
const fromBody = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value));

const token = (end: string) => ({
  volumes: [{ name: `kube-api-access-${end}`, projected: { sources: [] } }],
  mount: { name: `kube-api-access-${end}`, readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' },
});

/** A pod with the volume of the ServiceAccount's token, as each has it; some come for the second time, with our pieces in them. */
const arrived = fc
  .tuple(fc.oneof(askingPod, askingForVariables), fc.boolean(), fc.constantFrom('x7xkl', 'bbbbb'))
  .map(([one, again, end]) => {
    const copy = structuredClone(one);
    const { volumes, mount } = token(end);
    copy.spec.volumes = [...(copy.spec.volumes ?? []), ...volumes];
    for (const container of [...copy.spec.containers, ...(copy.spec.initContainers ?? [])]) {
      container.volumeMounts = [...(container.volumeMounts ?? []), mount];
    }
    return fromBody(again ? patched(copy, mutatePod(copy, 'shop', settings)) : copy);
  });

const withCommand = (variable: string) => containers({ name: 'web', command: ['/app'], env: [{ name: `not-${variable}`, value: '' }] });

const REMOVED = Symbol('removed');
const anything = fc.oneof(
  fc.constantFrom<unknown>(REMOVED, null, true, false, 0, 1000, Number.POSITIVE_INFINITY, '', [], {}),
  fc.constantFrom(
    'web',
    'shop',
    'data',
    'Always',
    'kube-api-access-x7xkl',
    'kube-api-access-abcde',
    'keyfirst-secrets',
    '/secrets',
    '$(TOKEN)',
  ),
);

/** A pod with its annotations, or one field of its spec, as another has them. */
function withPartOf(other: Pod, one: Pod, part: number): Pod {
  const keys = [...new Set([...Object.keys(one.spec), ...Object.keys(other.spec)])];
  const key = keys[part % (keys.length + 1)];
  const copy = structuredClone(one);
  if (key === undefined) copy.metadata = { ...copy.metadata, annotations: other.metadata?.annotations };
  else copy.spec[key] = other.spec[key];
  return fromBody(copy);
}

/** The value with whatever stands in one place of it replaced or taken out. */
function changed(value: unknown, place: number, replacement: unknown): unknown {
  const copy = structuredClone(value);
  const places: { holder: object; key: string }[] = [];
  const collect = (holder: unknown) => {
    if (typeof holder !== 'object' || holder === null) return;
    for (const key of Object.keys(holder)) {
      places.push({ holder, key });
      collect(Reflect.get(holder, key));
    }
  };
  collect(copy);
  const found = places[place % places.length];
  if (found === undefined) throw new Error('nothing to change');
  if (replacement === REMOVED) Reflect.deleteProperty(found.holder, found.key);
  else Reflect.set(found.holder, found.key, replacement);
  return copy;
}

describe('decisions that are remembered', () => {
  it('are those that would be made, whatever little a later pod differs in', () => {
    fc.assert(
      fc.property(arrived, arrived, fc.nat(), fc.array(fc.tuple(fc.nat(), anything), { maxLength: 2 }), (first, other, part, changes) => {
        const { remember } = counted();
        const later = changes.reduce<unknown>(
          (one, [place, replacement]) => changed(one, place, replacement),
          withPartOf(other, first, part),
        );

        for (let time = 0; time < OFTEN; time++) remember(first, 'shop', settings);

        for (const one of [later, first]) {
          const made = verdictOf(mutatePod(one, 'shop', settings));
          for (let time = 0; time < OFTEN; time++) expect(remember(one, 'shop', settings)).toEqual(made);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('are of one namespace, one identity and one state of the settings', () => {
    // On newer clusters such a pod gets a rule of restart.
    const azure = pod({ 'keyfirst.dev/file.a': 'azure-kv://shop-vault/a' }, { restartPolicy: 'Never' });
    const account = (end: string) => {
      const id = `00000000-1111-2222-3333-44444444444${end}`;
      return { 'azure.workload.identity/client-id': id, 'azure.workload.identity/tenant-id': id };
    };
    const { remember } = counted();
    const calls: Parameters<typeof mutatePod>[] = [
      [azure, 'shop', settings, account('1')],
      [azure, 'other', settings, account('1')],
      [azure, 'shop', settings, account('2')],
      [azure, 'shop', decision(undefined, 30), account('1')],
      [azure, 'shop', settings],
    ];

    for (const call of [...calls, ...calls, ...calls, ...calls].flatMap((one) => [one, one, one])) {
      expect(remember(...call)).toEqual(verdictOf(mutatePod(...call)));
    }
  });

  it('serve all pods that differ in nothing but what Kubernetes calls them', () => {
    fc.assert(
      fc.property(arrived, (first) => {
        const { asked, remember } = counted();
        const sibling = (number: number) =>
          JSON.parse(
            JSON.stringify({
              ...first,
              metadata: {
                ...first.metadata,
                name: `shop-${number}`,
                uid: String(number),
                labels: { 'statefulset.kubernetes.io/pod-name': `shop-${number}` },
              },
            }).replaceAll(/kube-api-access-\w{5}/g, `kube-api-access-aaaa${number}`),
          );

        for (let number = 0; number < 9; number++) remember(sibling(number), 'shop', settings);

        expect(asked).toHaveLength(JSON.stringify(first.spec).includes('null') ? 9 : 2);
      }),
    );
  });

  it.each([
    ['a setting', (name: string) => pod({ ...ASKING, 'keyfirst.dev/store.vault.role': name })],
    ['a ServiceAccount', (name: string) => pod(ASKING, { serviceAccountName: name })],
    [
      'a variable',
      (name: string) => pod({ [`keyfirst.dev/env.${name}`]: 'vault://secret/shop/db#password' }, { containers: withCommand(name) }),
    ],
  ])('tell apart what is named like the volume of a token, such as %s', (_what, make) => {
    const { remember } = counted();
    const pods = ['x7xkl', 'bbbbb'].map((end) => make(`kube-api-access-${end}`));

    for (const one of [...pods, ...pods, ...pods]) {
      expect(remember(one, 'shop', settings)).toEqual(verdictOf(mutatePod(one, 'shop', settings)));
    }
  });

  it('are no rejections: those may quote a name', () => {
    const { asked, remember } = counted();

    for (let time = 0; time < OFTEN; time++) expect(remember(pod({ 'keyfirst.dev/fiel.a': 'x' }), 'shop', settings).outcome).toBe('reject');

    expect(asked).toHaveLength(OFTEN);
  });

  it.each([
    ['a number beyond the range of numbers', '{"metadata":{},"spec":{"containers":[{"name":"a"}],"x":1e999}}'],
    ['no metadata', '{"spec":{"containers":[{"name":"a"}]}}'],
    ['a name that is none', '{"metadata":{"name":5},"spec":{"containers":[{"name":"a"}]}}'],
    ['more depth than the stack', `{"metadata":{},"spec":{"containers":[{"name":"a"}],"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`],
    ['no pod at all', '[]'],
  ])('are not of a pod with %s', (_what, text) => {
    const { asked, remember } = counted();

    for (let time = 0; time < OFTEN; time++) remember(JSON.parse(text), 'shop', settings);

    expect(asked).toHaveLength(OFTEN);
  });

  it('are forgotten, the one longest unused first, when there are too many or they are too large', () => {
    const template = (number: number) => pod({ ...ASKING, 'example.com/template': String(number) });
    const many = counted();
    for (let number = 0; number <= 1000; number++) many.remember(template(number), 'shop', settings);
    const inject = mutatePod(template(0), 'shop', settings);
    if (inject.kind !== 'inject') throw new Error('not injected');
    const large = counted(() => ({ ...inject, patch: [{ op: 'add', path: '/x', value: 'x'.repeat(1e6) }] }));
    for (let number = 0; number <= 3; number++) for (let time = 0; time < OFTEN; time++) large.remember(template(number), 'shop', settings);
    const [before, largeBefore] = [many.asked.length, large.asked.length];

    many.remember(template(1000), 'shop', settings);
    many.remember(template(1000), 'shop', settings);
    const known = many.asked.length;
    many.remember(template(0), 'shop', settings);
    many.remember(template(0), 'shop', settings);
    large.remember(template(3), 'shop', settings);
    const largeKnown = large.asked.length;
    large.remember(template(0), 'shop', settings);

    expect([known - before, many.asked.length - known]).toEqual([1, 2]);
    expect([largeKnown - largeBefore, large.asked.length - largeKnown]).toEqual([0, 1]);
  });
});
