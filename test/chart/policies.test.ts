import { Environment } from '@marcbachmann/cel-js';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { asks, isMirrorPod, isSwitchedOff } from '../../src/admission/asks.ts';
import { mutatePod } from '../../src/admission/mutate-pod.ts';
import { belongsToMesh } from '../../src/plan/mesh.ts';
import { redirectingVariables } from '../../src/plan/redirecting-variables.ts';
import { decision, pod } from '../support/pods.ts';
import { CI_VALUES, ciValues, merged, NAMESPACE, one, type Rendered, refusal, render, requireHelm } from './support/chart.ts';

const named = (rendered: readonly Rendered[], kind: string, name: string): Rendered => {
  const found = rendered.filter((object) => object.kind === kind && object.metadata.name === name);
  if (found.length !== 1) throw new Error(`${found.length} objects ${kind} ${name}`);
  return found[0];
};
const policy = (rendered: readonly Rendered[], name: string): Rendered => named(rendered, 'ValidatingAdmissionPolicy', `keyfirst-${name}`);
const policies = (rendered: readonly Rendered[]): Rendered[] => rendered.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy');
const repositories = ({ spec }: Rendered): Rendered =>
  JSON.parse(spec.variables.find(({ name }: Rendered) => name === 'repositories').expression);
/** Everything in a policy that the API server evaluates. */
const expressions = ({ spec }: Rendered): string[] => [
  ...[...(spec.matchConditions ?? []), ...(spec.variables ?? []), ...spec.validations].map(({ expression }: Rendered) => expression),
  ...spec.validations.flatMap(({ messageExpression }: Rendered) => messageExpression ?? []),
];
/** Near the border of what redirects keyfirst-init. */
const NAMES = [
  'KEYFIRST_CONFIG',
  'KEYFIRST_ROOT',
  'LD_PRELOAD',
  'NODE_CHANNEL_FD',
  'NODE_COMPILE_CACHE',
  'NODE_DEBUG',
  'NODE_DEBUG_NATIVE',
  'NODE_EXTRA_CA_CERTS',
  'NODE_ICU_DATA',
  'NODE_OPTIONS',
  'NODE_PATH',
  'NODE_PRESERVE_SYMLINKS',
  'NODE_PRESERVE_SYMLINKS_MAIN',
  'NODE_REDIRECT_WARNINGS',
  'NODE_REPL_EXTERNAL_MODULE',
  'NODE_TLS_REJECT_UNAUTHORIZED',
  'NODE_UNIQUE_ID',
  'NODE_USE_ENV_PROXY',
  'NODE_USE_SYSTEM_CA',
  'NODE_V8_COVERAGE',
  'NODE_NAME',
  'NODE_IP',
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
  'GCE_METADATA_HOST',
  'GCE_METADATA_IP',
];
const cel = new Environment({ enableOptionalTypes: true, unlistedVariablesAreDyn: true });

describe('the policies of the chart', () => {
  beforeEach(requireHelm);

  it('are bound each, one only to warn', () => {
    const rendered = render(ciValues('default'));
    const bindings = rendered.filter(({ kind }) => kind === 'ValidatingAdmissionPolicyBinding');

    expect(Object.fromEntries(bindings.map(({ metadata, spec }) => [metadata.name, spec]))).toEqual({
      'keyfirst-ephemeral-containers': { policyName: 'keyfirst-ephemeral-containers', validationActions: ['Deny'] },
      'keyfirst-not-enabled': { policyName: 'keyfirst-not-enabled', validationActions: ['Warn'] },
      'keyfirst-pods': { policyName: 'keyfirst-pods', validationActions: ['Deny'] },
      'keyfirst-self': { policyName: 'keyfirst-self', validationActions: ['Deny'] },
    });
    expect(policies(rendered).map(({ metadata }) => metadata.name)).toEqual(bindings.map(({ metadata }) => metadata.name));
    expect(Object.fromEntries(policies(rendered).map(({ metadata, spec }) => [metadata.name, spec.failurePolicy]))).toEqual({
      'keyfirst-ephemeral-containers': 'Fail',
      'keyfirst-not-enabled': 'Ignore',
      'keyfirst-pods': 'Fail',
      'keyfirst-self': 'Fail',
    });
  });

  it.each(CI_VALUES)('have no parameter that could be missing, and are CEL, with %s values', (name) => {
    for (const { spec } of policies(render(ciValues(name)))) {
      expect(spec).not.toHaveProperty('paramKind');
      for (const { message } of spec.validations) expect(message).toMatch(/^\S[^\n]*[^.\s]$/);
    }
    for (const expression of policies(render(ciValues(name))).flatMap(expressions)) {
      expect(() => cel.parse(expression)).not.toThrow();
      expect(expression).not.toMatch(/\{\{|<no value>|\n/);
    }
  });

  it('look at the namespaces that the webhook looks at, and warn in the others', () => {
    const rendered = render(ciValues('default'));
    const [webhook] = one(rendered, 'MutatingWebhookConfiguration').webhooks;
    const { matchExpressions } = webhook.namespaceSelector;

    expect(policy(rendered, 'pods').spec.matchConstraints.namespaceSelector).toEqual(webhook.namespaceSelector);
    expect(policy(rendered, 'ephemeral-containers').spec.matchConstraints.namespaceSelector).toEqual({ matchExpressions });
    expect(policy(rendered, 'not-enabled').spec.matchConstraints.namespaceSelector).toEqual({
      matchExpressions: [{ key: 'keyfirst.dev/injection', operator: 'NotIn', values: ['enabled', 'disabled'] }, ...matchExpressions],
    });
  });

  it('know the repository of the injector, and those that are added', () => {
    const rendered = render(
      merged(ciValues('full'), { fullnameOverride: '', policies: { injectorRepositories: ['mirror.test/k/injector'] } }),
    );

    for (const name of ['pods', 'ephemeral-containers'])
      expect(repositories(policy(rendered, name))).toEqual(['registry.test:5000/keyfirst/injector', 'mirror.test/k/injector']);
    expect(repositories(policy(render(ciValues('default')), 'pods'))).toEqual(['registry.test/keyfirst/injector']);
  });

  it.each([
    [{}, 'true'],
    [{ settings: { env: { check: true } } }, 'true'],
    [{ settings: { env: { check: false } } }, 'false'],
  ])('ask for keyfirst-check as the webhook does with %j', (changes, expression) => {
    const { spec } = policy(render(merged(ciValues('default'), changes)), 'pods');

    expect(spec.variables.find(({ name }: Rendered) => name === 'proves').expression).toBe(expression);
  });

  it('limit the ServiceAccount that the pods run as', () => {
    const user = (values: object) => policy(render(values), 'self').spec.matchConditions[0].expression;

    expect(user(ciValues('default'))).toContain(`'system:serviceaccount:${NAMESPACE}:keyfirst'`);
    expect(user(merged(ciValues('default'), { serviceAccount: { create: false, name: 'mine' } }))).toContain(
      `'system:serviceaccount:${NAMESPACE}:mine'`,
    );
    // Without the right there is nothing to limit.
    expect(policies(render(ciValues('files'))).map(({ metadata }) => metadata.name)).not.toContain('keyfirst-self');
  });

  it.each([
    [{}, ['Deny']],
    [{ action: 'Deny' }, ['Deny']],
    [{ action: 'Warn' }, ['Warn', 'Audit']],
    [{ action: 'Audit' }, ['Audit']],
    // As `--reuse-values` brings them from a chart that had no such value.
    [{ action: null }, ['Deny']],
  ])('are staged with %j, but for the limits of the webhook itself', (changes, actions) => {
    const rendered = render(merged(ciValues('default'), { policies: changes }));
    const bindings = rendered.filter(({ kind }) => kind === 'ValidatingAdmissionPolicyBinding');

    expect(Object.fromEntries(bindings.map(({ metadata, spec }) => [metadata.name, spec.validationActions]))).toEqual({
      'keyfirst-ephemeral-containers': actions,
      'keyfirst-not-enabled': ['Warn'],
      'keyfirst-pods': actions,
      'keyfirst-self': ['Deny'],
    });
    expect(policies(rendered)).toEqual(policies(render(ciValues('default'))));
  });

  it('can be left out, as a whole or the warning', () => {
    const kinds = (changes: object) =>
      render(merged(ciValues('default'), { policies: changes })).filter(({ kind }) => kind.startsWith('ValidatingAdmissionPolicy'));

    expect(kinds({ enabled: false })).toEqual([]);
    expect(kinds({ warnInOtherNamespaces: false })).toHaveLength(6);
  });

  it.each<[object, string]>([
    [{ injectorRepositories: ['mirror.test/injector:1'] }, 'policies.injectorRepositories: "mirror.test/injector:1" holds a tag or digest'],
    [{ injectorRepositories: [`mirror.test/injector@sha256:${'a'.repeat(64)}`] }, "at '/policies/injectorRepositories/0'"],
    [{ injectorRepositories: ["x' || true || '"] }, "at '/policies/injectorRepositories/0'"],
    [{ enabled: false, injectorRepositories: ['mirror.test/injector'] }, 'policies.enabled is false, so policies.injectorRepositories'],
    [{ action: 'warn' }, "at '/policies/action': value must be one of 'Deny', 'Warn', 'Audit'"],
    [{ action: ['Deny'] }, "at '/policies/action'"],
    [{ enabled: false, action: 'Audit' }, 'policies.enabled is false, so policies.action Audit changes nothing'],
    [{ enable: true }, "additional properties 'enable' not allowed"],
  ])('are not rendered with %j', (changes, message) => {
    expect(refusal(merged(ciValues('default'), { policies: changes }))).toContain(message);
  });

  it('know the containers of meshes that the webhook knows', () => {
    const { validations, variables } = policy(render(ciValues('default')), 'pods').spec;
    const list = [...validations, ...variables].flatMap(
      ({ expression }: Rendered) => /c\.name in \[([^\]]*istio[^\]]*)\]/.exec(expression)?.[1] ?? [],
    );
    const names = [...String(list[0]).matchAll(/'([^']+)'/g)].map(([, name = '']) => name);

    expect(list).toHaveLength(1);
    expect(names).toHaveLength(9);
    expect(names.filter((name) => !belongsToMesh({ name }))).toEqual([]);
  });

  it('refuse the variables in keyfirst-init that the webhook refuses', () => {
    const { variables } = policy(render(ciValues('default')), 'pods').spec;
    const told = cel.parse(variables.find(({ name }: Rendered) => name === 'redirecting').expression);
    const names = fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...NAMES) },
      fc
        .constantFrom('KEYFIRST_', 'LD_', 'OPENSSL_', 'SSL_CERT_', 'NODE_', 'AWS_', 'GCE_')
        .chain((p) => fc.string({ maxLength: 5 }).map((s) => p + s)),
    );
    const values = fc.oneof(
      fc
        .constantFrom(
          '',
          'eu-central-1',
          'evil.test/',
          'EU',
          'eu\n',
          '$(X)',
          '169.254.169.254',
          'http://169.254.170.23/v1/credentials',
          'http://[fd00:ec2::23]/v1/credentials',
          'http://169.254.170.23/v1/credentials/x',
          '/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token',
        )
        .map((value) => ({ value })),
      fc.constantFrom({}, { valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }),
    );
    const variable = fc.tuple(names, values).map(([name, value]) => ({ name, ...value }));
    const outcomes = new Set<string>();
    fc.assert(
      fc.property(fc.array(variable, { maxLength: 4 }), (env) => {
        const wanted = redirectingVariables({ env }).join(', ');
        for (const { name } of env) outcomes.add(`${name} ${wanted.includes(name)}`);

        expect(told({ variables: { ours: [{ env }] } })).toEqual(wanted === '' ? [] : [wanted]);
      }),
      { numRuns: 3000 },
    );
    expect(told({ variables: { ours: [{}] } })).toEqual([]);
    for (const name of NAMES.filter((known) => /^(AWS|GCE)_.*(REGION|FULL_URI|_FILE|HOST)$/.test(known)))
      expect([...outcomes]).toEqual(expect.arrayContaining([`${name} true`, `${name} false`]));
  });

  describe('what *asks* means', () => {
    /** Keys near the border of what counts, and a few far from it. */
    const keys = fc.oneof(
      fc.constantFrom(
        'keyfirst.dev/file.password',
        'keyfirst.dev/file.',
        'keyfirst.dev/file',
        'keyfirst.dev/env.PASSWORD',
        'keyfirst.dev/env-delivery',
        'keyfirst.dev/env.',
        'keyfirst.dev/secrets',
        'keyfirst.dev/secrets.x',
        'keyfirst.dev/order',
        'keyfirst.dev/status',
        'keyfirst.dev/inject',
        'keyfirst.dev/Secrets',
        'example.com/keyfirst.dev/file.x',
        'kubernetes.io/config.mirror',
        'kubernetes.io/config.mirrors',
      ),
      fc.string({ maxLength: 8 }).map((text) => `keyfirst.dev/${text}`),
    );
    const annotations = fc.dictionary(keys, fc.constantFrom('', 'true', 'false', 'False', ' false', 'vault://secret/shop/db#password'), {
      maxKeys: 5,
    });
    const conditions = () => {
      const rendered = render(ciValues('default'));
      return ['pods', 'not-enabled'].map((name) => {
        const { matchConditions } = policy(rendered, name).spec;
        expect(matchConditions).toHaveLength(1);
        return cel.parse(matchConditions[0].expression);
      });
    };
    const request = { kind: { kind: 'Pod' } };

    it('is the same for the policies and the webhook', () => {
      const [inPods, inOthers] = conditions();
      fc.assert(
        fc.property(annotations, (given) => {
          const wanted = asks(given) && !isSwitchedOff(given) && !isMirrorPod(given);
          const object = { metadata: { annotations: given } };

          expect([inPods?.({ object, request }), inOthers?.({ object, request })]).toEqual([wanted, wanted]);
        }),
        { numRuns: 2000 },
      );
      expect(inPods?.({ object: { metadata: {} }, request })).toBe(false);
    });

    it('covers what the webhook completes, and nothing that it lets pass', () => {
      const [inPods] = conditions();
      const outcomes = { inject: 0, skip: 0, reject: 0 };
      fc.assert(
        fc.property(annotations, (given) => {
          const object = pod(given);
          const { kind } = mutatePod(object, 'shop', decision(undefined, 37));
          outcomes[kind]++;

          if (kind !== 'reject') expect(inPods?.({ object, request })).toBe(kind === 'inject');
        }),
        { numRuns: 2000 },
      );
      expect(Math.min(...Object.values(outcomes))).toBeGreaterThan(0);
    });

    it.each(['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob'])('is looked for in the pods of a %s', (kind) => {
      const [, inOthers] = conditions();
      const template = (key: string) => ({ metadata: { annotations: { [key]: 'x' } } });
      const object = (key: string) => ({
        metadata: { annotations: {} },
        spec: kind === 'CronJob' ? { jobTemplate: { spec: { template: template(key) } } } : { template: template(key) },
      });

      expect(inOthers?.({ object: object('keyfirst.dev/secrets'), request: { kind: { kind } } })).toBe(true);
      expect(inOthers?.({ object: object('keyfirst.dev/order'), request: { kind: { kind } } })).toBe(false);
    });
  });
});
