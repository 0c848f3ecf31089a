import { execFileSync } from 'node:child_process';
import { beforeEach, describe, expect, it } from 'vitest';
import { CHART, helmTemplate } from '../../scripts/helm.ts';
import { WORKLOADS } from '../../src/admission/workload-review.ts';
import { CI_VALUES, ciFile, ciValues, helm, merged, NAMESPACE, one, type Rendered, render, requireHelm } from './support/chart.ts';

const podSpec = (rendered: readonly Rendered[]): Rendered => one(rendered, 'Deployment').spec.template.spec;
const env = (rendered: readonly Rendered[]): Record<string, Rendered> =>
  Object.fromEntries(
    podSpec(rendered).containers[0].env.map(({ name, value, valueFrom }: Rendered) => [name, value ?? valueFrom.fieldRef.fieldPath]),
  );

const OPTED_IN = {
  matchLabels: { 'keyfirst.dev/injection': 'enabled' },
  matchExpressions: [
    { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['kube-system', 'kube-public', 'kube-node-lease', NAMESPACE] },
  ],
};
const MADE_OR_CHANGED = { apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], scope: 'Namespaced' };
const plural = (kind: string) => `${kind.toLowerCase()}s`;

describe('the chart', () => {
  beforeEach(requireHelm);

  it.each(CI_VALUES)('renders the same twice with %s values, and no Secret', (name) => {
    const first = helmTemplate(helm, 'keyfirst', NAMESPACE, [ciFile(name)]);

    expect(helmTemplate(helm, 'keyfirst', NAMESPACE, [ciFile(name)])).toBe(first);
    expect(render(ciValues(name)).map(({ kind }) => kind)).not.toContain('Secret');
  });

  it('renders each object once, all named and labelled alike', () => {
    const rendered = render(ciValues('default'));

    expect(rendered.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? '-'} ${metadata.name}`).sort()).toEqual([
      'ClusterRole - keyfirst',
      'ClusterRoleBinding - keyfirst',
      'ConfigMap keyfirst-system keyfirst',
      'Deployment keyfirst-system keyfirst',
      'MutatingWebhookConfiguration - 00-keyfirst',
      'NetworkPolicy keyfirst-system keyfirst',
      'PodDisruptionBudget keyfirst-system keyfirst',
      'Role keyfirst-system keyfirst',
      'RoleBinding keyfirst-system keyfirst',
      'Service keyfirst-system keyfirst',
      'ServiceAccount keyfirst-system keyfirst',
      'ValidatingAdmissionPolicy - keyfirst-ephemeral-containers',
      'ValidatingAdmissionPolicy - keyfirst-not-enabled',
      'ValidatingAdmissionPolicy - keyfirst-pods',
      'ValidatingAdmissionPolicy - keyfirst-self',
      'ValidatingAdmissionPolicyBinding - keyfirst-ephemeral-containers',
      'ValidatingAdmissionPolicyBinding - keyfirst-not-enabled',
      'ValidatingAdmissionPolicyBinding - keyfirst-pods',
      'ValidatingAdmissionPolicyBinding - keyfirst-self',
    ]);
    for (const { metadata } of rendered) {
      expect(metadata.labels).toMatchObject({ 'app.kubernetes.io/name': 'keyfirst', 'app.kubernetes.io/instance': 'keyfirst' });
    }
  });

  it('names the objects after the release', () => {
    const names = (release: string) =>
      new Set(
        render(ciValues('default'), { release }).map(({ metadata }) =>
          metadata.name.replace(/-(pods|ephemeral-containers|self|not-enabled|ca-bundle)$/, ''),
        ),
      );

    expect(names('blue')).toEqual(new Set(['blue-keyfirst', '00-blue-keyfirst']));
    expect(names('my-keyfirst')).toEqual(new Set(['my-keyfirst', '00-my-keyfirst']));
  });

  it('calls the webhook as the design says', () => {
    const { webhooks } = one(render(ciValues('default')), 'MutatingWebhookConfiguration');

    expect(webhooks).toEqual([
      {
        name: 'pods.keyfirst.dev',
        admissionReviewVersions: ['v1'],
        // No caBundle, not even an empty one: GitOps tools would see drift, and an upgrade would wipe what the webhook wrote.
        clientConfig: { service: { name: 'keyfirst', namespace: NAMESPACE, path: '/mutate', port: 443 } },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'], scope: 'Namespaced' }],
        namespaceSelector: OPTED_IN,
        matchConditions: [
          { name: 'annotated', expression: "object.metadata.?annotations.orValue({}).exists(k, k.startsWith('keyfirst.dev/'))" },
        ],
        failurePolicy: 'Fail',
        matchPolicy: 'Equivalent',
        reinvocationPolicy: 'IfNeeded',
        sideEffects: 'None',
        timeoutSeconds: 10,
      },
      {
        name: 'workloads.keyfirst.dev',
        admissionReviewVersions: ['v1'],
        clientConfig: { service: { name: 'keyfirst', namespace: NAMESPACE, path: '/validate', port: 443 } },
        rules: [
          { ...MADE_OR_CHANGED, apiGroups: ['apps'], resources: WORKLOADS.apps.map(plural) },
          { ...MADE_OR_CHANGED, apiGroups: ['batch'], resources: WORKLOADS.batch.map(plural) },
        ],
        namespaceSelector: OPTED_IN,
        // What they mean is tested on a cluster: test/e2e/workload-warnings.test.ts.
        matchConditions: ['made-by-people', 'annotated', 'changed'].map((name) => ({ name, expression: expect.any(String) })),
        failurePolicy: 'Ignore',
        matchPolicy: 'Equivalent',
        reinvocationPolicy: 'Never',
        sideEffects: 'None',
        timeoutSeconds: 2,
      },
    ]);
  });

  it.each([
    ['1.36.0', 'default', {}, true],
    ['v1.36.2-gke.1', 'default', {}, true],
    ['1.35.9', 'default', {}, false],
    ['1.36.0', 'files', {}, false],
    ['1.36.0', 'default', { policies: { enabled: false } }, false],
  ] as const)('has the API server keep caBundle: Kubernetes %s, %s values, %j: %s', (kubeVersion, values, changes, kept) => {
    const rendered = render(merged(ciValues(values), changes), { kubeVersion });
    const kinds = rendered.map(({ kind }) => kind).filter((kind) => kind.startsWith('MutatingAdmissionPolicy'));

    expect(kinds).toEqual(kept ? ['MutatingAdmissionPolicy', 'MutatingAdmissionPolicyBinding'] : []);
  });

  it('leaves workloads alone where warnings are not wanted', () => {
    const { webhooks } = one(render(merged(ciValues('default'), { workloadWarnings: { enabled: false } })), 'MutatingWebhookConfiguration');

    expect(webhooks.map(({ name }: { name: string }) => name)).toEqual(['pods.keyfirst.dev']);
  });

  it.each(['azure-wi-webhook', 'aws-webhook', 'istio-sidecar-injector', 'kuma', 'linkerd-proxy-injector', 'pod-identity-webhook'])(
    'is called before %s',
    (other) => {
      const { metadata } = one(render(ciValues('default'), { release: 'zebra' }), 'MutatingWebhookConfiguration');

      expect(metadata.name < other).toBe(true);
    },
  );

  it('has no right but on its own webhook configuration, to read ServiceAccounts and the metric of a feature gate', () => {
    const rendered = render(ciValues('default'));

    expect(one(rendered, 'ClusterRole').rules).toEqual([
      {
        apiGroups: ['admissionregistration.k8s.io'],
        resources: ['mutatingwebhookconfigurations'],
        resourceNames: [one(rendered, 'MutatingWebhookConfiguration').metadata.name],
        verbs: ['get', 'watch', 'patch'],
      },
      { apiGroups: [''], resources: ['serviceaccounts'], verbs: ['get', 'list', 'watch'] },
      { nonResourceURLs: ['/metrics'], verbs: ['get'] },
    ]);
    const binding = one(rendered, 'ClusterRoleBinding');
    expect(binding.subjects).toEqual([{ kind: 'ServiceAccount', name: 'keyfirst', namespace: NAMESPACE }]);
    expect(binding.roleRef).toEqual({ apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'keyfirst' });
  });

  it.each([
    ['self', undefined, ['mutatingwebhookconfigurations', 'serviceaccounts', 'pods']],
    ['self', true, ['mutatingwebhookconfigurations', 'serviceaccounts', 'pods']],
    ['self', false, ['mutatingwebhookconfigurations', 'pods']],
    ['files', undefined, ['mutatingwebhookconfigurations', 'serviceaccounts']],
    ['files', true, ['mutatingwebhookconfigurations', 'serviceaccounts']],
    ['files', false, ['mutatingwebhookconfigurations']],
    ['cert-manager', true, ['mutatingwebhookconfigurations', 'serviceaccounts']],
    ['cert-manager', false, ['mutatingwebhookconfigurations']],
  ] as const)('with certificates %s and identity.serviceAccounts %s has rights on %j', (mode, serviceAccounts, resources) => {
    const { settings: _, ...values } = ciValues(mode === 'self' ? 'default' : mode);
    const rendered = render(serviceAccounts === undefined ? values : merged(values, { settings: { identity: { serviceAccounts } } }));
    const roles = rendered.filter(({ kind }) => kind.endsWith('Role'));

    expect(roles.flatMap(({ rules }) => rules.flatMap((rule: Rendered) => rule.resources ?? []))).toEqual(resources);
    expect(rendered.filter(({ kind }) => kind.endsWith('RoleBinding'))).toHaveLength(roles.length);
    expect(podSpec(rendered).automountServiceAccountToken).toBe(true);
  });

  it.each([true, false])('does not read metrics where the admin says whether the API server has fileKeyRef: %s', (fileKeyRef) => {
    const rendered = render(merged(ciValues('default'), { settings: { env: { fileKeyRef } } }));

    expect(one(rendered, 'ClusterRole').rules.some((rule: Rendered) => 'nonResourceURLs' in rule)).toBe(false);
  });

  it.each(CI_VALUES)('names no Secret in any role with %s values', (name) => {
    const roles = render(ciValues(name)).filter(({ kind }) => kind.endsWith('Role'));
    const resources = roles.flatMap(({ rules }) => rules.flatMap((rule: Rendered) => rule.resources ?? []));

    expect(resources).toContain('mutatingwebhookconfigurations');
    expect(['mutatingwebhookconfigurations', 'serviceaccounts', 'pods']).toEqual(expect.arrayContaining(resources));
  });

  it.each(CI_VALUES)('runs under restricted Pod Security with %s values', (name) => {
    const spec = podSpec(render(ciValues(name)));

    expect(spec.securityContext).toEqual({
      runAsNonRoot: true,
      ...(name === 'monitoring' ? {} : { runAsUser: 65532, runAsGroup: 65532 }),
      seccompProfile: { type: 'RuntimeDefault' },
      ...(['files', 'cert-manager'].includes(name) ? { fsGroup: 65532 } : {}),
    });
    expect(spec.containers.map(({ securityContext }: Rendered) => securityContext)).toEqual([
      {
        runAsNonRoot: true,
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
        seccompProfile: { type: 'RuntimeDefault' },
      },
    ]);
    for (const field of ['hostNetwork', 'hostPID', 'hostIPC']) expect(spec).not.toHaveProperty(field);
    const kinds = spec.volumes.flatMap((volume: Rendered) => Object.keys(volume).filter((key) => key !== 'name'));
    const others = { files: ['csi'], 'cert-manager': ['secret'], full: ['configMap'] }[name as string] ?? [];
    expect(kinds).toEqual(['configMap', ...others]);
  });

  it('tells the webhook who and where it is', () => {
    const rendered = render(ciValues('default'), { release: 'blue' });

    expect(env(rendered)).toEqual({
      KEYFIRST_PORT: '8443',
      KEYFIRST_METRICS_PORT: '9090',
      KEYFIRST_SETTINGS: '/etc/keyfirst/settings.yaml',
      KEYFIRST_LOG_LEVEL: 'info',
      KEYFIRST_DRAIN_SECONDS: '5',
      KEYFIRST_WEBHOOK_CONFIGURATION: '00-blue-keyfirst',
      KEYFIRST_SERVICE: 'blue-keyfirst',
      KEYFIRST_NAMESPACE: 'metadata.namespace',
      KEYFIRST_POD_NAME: 'metadata.name',
      KEYFIRST_CERTIFICATE_LIFETIME: '168h',
    });
    expect(podSpec(rendered)).toMatchObject({
      automountServiceAccountToken: true,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 30,
    });
    expect(one(rendered, 'ServiceAccount').automountServiceAccountToken).toBe(false);
  });

  it('leads the Service to the pods, and finds them by the same labels everywhere', () => {
    const rendered = render(ciValues('full'));
    const { spec } = one(rendered, 'Deployment');
    const service = one(rendered, 'Service').spec;
    const [{ ports }] = spec.template.spec.containers;

    expect(service.ports).toEqual([
      { name: 'https', port: 443, targetPort: 'https', protocol: 'TCP' },
      { name: 'metrics', port: 9090, targetPort: 'metrics', protocol: 'TCP' },
    ]);
    expect(ports).toEqual([
      { name: 'https', containerPort: 8443, protocol: 'TCP' },
      { name: 'metrics', containerPort: 9090, protocol: 'TCP' },
    ]);
    expect(spec.template.metadata.labels).toMatchObject(service.selector);
    expect(spec.selector.matchLabels).toEqual(service.selector);
    expect(one(rendered, 'PodDisruptionBudget').spec.selector.matchLabels).toEqual(service.selector);
  });

  it('never has fewer pods than replicas while it rolls, and lets drains go on', () => {
    const rendered = render(ciValues('default'));

    expect(one(rendered, 'Deployment').spec).toMatchObject({
      replicas: 2,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
    });
    expect(one(rendered, 'PodDisruptionBudget').spec).toMatchObject({ maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' });
  });

  it('probes over TLS', () => {
    const [container] = podSpec(render(ciValues('default'))).containers;
    const target = (path: string) => ({ httpGet: { path, port: 'https', scheme: 'HTTPS' } });

    expect(container.startupProbe).toMatchObject({ ...target('/livez'), periodSeconds: 1 });
    expect(container.livenessProbe).toMatchObject(target('/livez'));
    expect(container.readinessProbe).toMatchObject(target('/readyz'));
  });

  it('asks for CPU and memory, and limits only memory', () => {
    const [{ resources }] = podSpec(render(ciValues('default'))).containers;

    expect(resources).toEqual({ requests: { cpu: '50m', memory: '96Mi' }, limits: { memory: '512Mi' } });
  });

  it('spreads softly over nodes and zones', () => {
    const { topologySpreadConstraints } = podSpec(render(ciValues('default')));

    expect(topologySpreadConstraints).toMatchObject(
      ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map((topologyKey) => ({
        topologyKey,
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: { 'app.kubernetes.io/instance': 'keyfirst' } },
      })),
    );
  });

  it('rolls the pods when a setting changes, and only then', () => {
    const checksum = (changes: object) =>
      one(render(merged(ciValues('default'), changes)), 'Deployment').spec.template.metadata.annotations['checksum/settings'];

    expect(checksum({ settings: { devStore: true } })).not.toBe(checksum({}));
    expect(checksum({ injector: { image: { tag: 'next' } } })).not.toBe(checksum({}));
    expect(checksum({ webhook: { replicas: 3 } })).toBe(checksum({}));
  });

  it('takes every value', () => {
    const rendered = render(ciValues('full'));
    const { spec } = one(rendered, 'Deployment');
    const { metadata, spec: pod } = spec.template;
    const [container] = pod.containers;

    expect(spec.replicas).toBe(3);
    expect(container.image).toBe(`registry.test:5000/keyfirst/webhook@sha256:${'a'.repeat(64)}`);
    expect(container.imagePullPolicy).toBe('Always');
    expect(container.resources).toEqual({ requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '512Mi' } });
    expect(env(rendered)).toMatchObject({
      KEYFIRST_LOG_LEVEL: 'debug',
      KEYFIRST_DRAIN_SECONDS: '10',
      KEYFIRST_WEBHOOK_CONFIGURATION: '00-keys',
      KEYFIRST_SERVICE: 'keys',
    });
    expect(pod).toMatchObject({
      serviceAccountName: 'existing',
      terminationGracePeriodSeconds: 35,
      imagePullSecrets: [{ name: 'pull' }],
      priorityClassName: 'system-cluster-critical',
      nodeSelector: { pool: 'system', 'kubernetes.io/os': 'linux' },
      tolerations: [{ key: 'system', operator: 'Exists' }],
      affinity: { nodeAffinity: {} },
      topologySpreadConstraints: [
        { maxSkew: 1, topologyKey: 'rack', whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: { team: 'platform' } } },
      ],
    });
    expect(metadata.labels).toMatchObject({ team: 'platform', 'app.kubernetes.io/name': 'keyfirst' });
    expect(metadata.annotations['example.test/note']).toBe('yes');
    expect(metadata.annotations['checksum/settings']).toMatch(/^[0-9a-f]{64}$/);
    expect(rendered.some(({ kind }) => kind === 'ServiceAccount')).toBe(false);
    expect(one(rendered, 'ClusterRoleBinding').subjects[0].name).toBe('existing');
  });

  it('tells the next step, and what is missing for it', () => {
    const args = ['install', 'blue', CHART, '--namespace', NAMESPACE, '--dry-run=client', '--values'];
    const notes = (name: (typeof CI_VALUES)[number]) =>
      execFileSync(helm, [...args, ciFile(name)], { encoding: 'utf8', env: {} }).split('NOTES:')[1];

    expect(notes('default')).toContain('kubectl -n keyfirst-system rollout status deployment/blue-keyfirst');
    expect(notes('default')).toContain('kubectl label namespace YOUR-NAMESPACE keyfirst.dev/injection=enabled');
    expect(notes('default')).toContain('settings.stores.vault.address is not set');
    expect(notes('full')).not.toContain('is not set');
  });
});
