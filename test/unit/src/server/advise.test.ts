import { describe, expect, it } from 'vitest';
import type { WorkloadKind } from '../../../../src/admission/workload-review.ts';
import { advise } from '../../../../src/server/advise.ts';
import { ASKING, containers, decision, pod } from '../../../support/pods.ts';

const BAD = { 'keyfirst.dev/file.password': 'valut://secret/shop/db#password' };
const AZURE = { 'keyfirst.dev/file.a': 'azure-kv://shop-vault/a' };
const CLIENT = '00000000-1111-2222-3333-444444444444';
const IDENTITY = { 'azure.workload.identity/client-id': CLIENT, 'azure.workload.identity/tenant-id': CLIENT };
const PROBLEM = expect.stringMatching(/^keyfirst: keyfirst\.dev\/file\.password: .*did you mean/);
const refused = (kind: string) => `keyfirst: the pods of this ${kind} will be refused until this is solved:`;
const outside = (place: string) => `keyfirst: keyfirst.dev/file.password does nothing outside the pod template; put it in ${place}`;

type Annotations = Record<string, string>;
interface Places {
  /** In the template. */
  readonly inner?: Annotations;
  /** On the object. */
  readonly own?: Annotations;
  /** On the template of a CronJob's Jobs. */
  readonly middle?: Annotations;
}

function object(kind: WorkloadKind, { inner = {}, own = {}, middle = {} }: Places, spec: Parameters<typeof pod>[1] = {}): object {
  const { spec: podSpec } = pod({}, spec);
  const template = { metadata: { annotations: inner }, spec: podSpec };
  const metadata = { name: 'web', annotations: own };
  return kind === 'CronJob'
    ? { metadata, spec: { jobTemplate: { metadata: { annotations: middle }, spec: { template } } } }
    : { metadata, spec: { template } };
}

const ask = (kind: WorkloadKind, places: Places, spec?: Parameters<typeof pod>[1], accounts?: Parameters<typeof advise>[2]) =>
  advise({ kind, namespace: 'shop', object: object(kind, places, spec) }, decision(), accounts);
const reader = (answer: Annotations | Error) => ({
  annotations: async () => {
    if (answer instanceof Error) throw answer;
    return answer;
  },
});

describe.each(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob'] as const)('advise on a %s', (kind) => {
  const place = kind === 'CronJob' ? 'spec.jobTemplate.spec.template.metadata.annotations' : 'spec.template.metadata.annotations';

  it.each<[what: string, places: Places, spec: Parameters<typeof pod>[1], warnings: unknown[]]>([
    ['nothing asked', {}, {}, []],
    ['a good template', { inner: ASKING }, {}, []],
    ['a bad template', { inner: BAD }, {}, [refused(kind), PROBLEM]],
    ['what works but bites', { inner: ASKING }, { shareProcessNamespace: true }, [expect.stringContaining('shareProcessNamespace')]],
    ['annotations outside', { own: BAD }, {}, [outside(place)]],
    ['outside, and a good template', { own: BAD, inner: ASKING }, {}, [outside(place)]],
    ['outside, and a bad template', { own: BAD, inner: BAD }, {}, [refused(kind), PROBLEM, outside(place)]],
    ['a template switched off', { own: BAD, inner: { ...BAD, 'keyfirst.dev/inject': 'false' } }, {}, []],
    [
      'switched off outside, which does nothing',
      { own: { 'keyfirst.dev/inject': 'false' }, inner: BAD },
      {},
      [refused(kind), PROBLEM, expect.stringContaining('keyfirst.dev/inject does nothing outside')],
    ],
    ['a Windows template', { inner: ASKING }, { os: { name: 'windows' } }, [refused(kind), expect.stringContaining('spec.os')]],
    [
      'a reserved name',
      { inner: ASKING },
      { containers: containers({ name: 'web' }), volumes: [{ name: 'keyfirst-secrets' }] },
      [refused(kind), expect.stringContaining('keyfirst-secrets')],
    ],
  ])('with %s', async (_what, places, spec, warnings) => {
    expect(await ask(kind, places, spec)).toEqual({ outcome: warnings.length > 0 ? 'warned' : 'silent', warnings });
  });
});

describe('advise', () => {
  it('sees the metadata between a CronJob and its pods', async () => {
    const { warnings } = await ask('CronJob', { middle: BAD });

    expect(warnings).toEqual([outside('spec.jobTemplate.spec.template.metadata.annotations')]);
  });

  it('counts several problems and lists them', async () => {
    const { warnings } = await ask('Deployment', { inner: { ...BAD, 'keyfirst.dev/deadline': 'soon' } });

    expect(warnings[0]).toBe('keyfirst: the pods of this Deployment will be refused until these 2 problems are solved:');
    expect(warnings).toHaveLength(3);
  });

  it('counts the identity of the ServiceAccount', async () => {
    expect(await ask('Deployment', { inner: AZURE }, {}, reader(IDENTITY))).toEqual({ outcome: 'silent', warnings: [] });
    expect((await ask('Deployment', { inner: AZURE }, {}, reader({}))).outcome).toBe('warned');
  });

  it('does not warn of what it cannot find out', async () => {
    const away = reader(new Error('away'));

    expect(await ask('Deployment', { inner: AZURE }, {}, away)).toEqual({ outcome: 'unknown', warnings: [] });
    expect(await ask('Deployment', { inner: AZURE, own: BAD }, {}, away)).toEqual({
      outcome: 'unknown',
      warnings: [outside('spec.template.metadata.annotations')],
    });
    expect((await ask('Deployment', { inner: BAD }, {}, away)).outcome).toBe('warned');
  });

  it('says nothing of an object without a template, which the API server refuses', async () => {
    expect(await advise({ kind: 'Job', namespace: 'shop', object: { spec: {} } }, decision(), undefined)).toEqual({
      outcome: 'silent',
      warnings: [],
    });
  });
});
