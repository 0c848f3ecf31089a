import { beforeEach, describe, expect, it } from 'vitest';
import { ciValues, merged, NAMESPACE, one, type Rendered, render, requireHelm } from './support/chart.ts';

const CONFIGURATION = '00-keyfirst';
const own = { apiGroups: ['admissionregistration.k8s.io'], resources: ['mutatingwebhookconfigurations'], resourceNames: [CONFIGURATION] };

const podSpec = (rendered: readonly Rendered[]): Rendered => one(rendered, 'Deployment').spec.template.spec;
const env = (rendered: readonly Rendered[]): Record<string, Rendered> =>
  Object.fromEntries(podSpec(rendered).containers[0].env.map(({ name, value }: Rendered) => [name, value ?? 'from the pod']));
const bundles = (rendered: readonly Rendered[]): unknown[] =>
  one(rendered, 'MutatingWebhookConfiguration').webhooks.map(({ clientConfig }: Rendered) => clientConfig.caBundle);
const certificates = (rendered: readonly Rendered[]): Record<string, Rendered> =>
  Object.fromEntries(rendered.filter(({ kind }) => kind === 'Certificate').map(({ metadata, spec }) => [metadata.name, spec]));

describe('certificates that the webhook makes', () => {
  beforeEach(requireHelm);

  it('need one right on pods: to read one by its name in its own namespace', () => {
    const rendered = render(ciValues('default'));

    expect(one(rendered, 'Role').rules).toEqual([{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }]);
    expect(one(rendered, 'Role').metadata.namespace).toBe(NAMESPACE);
    expect(one(rendered, 'RoleBinding')).toMatchObject({
      metadata: { namespace: NAMESPACE },
      roleRef: { kind: 'Role', name: 'keyfirst' },
      subjects: [{ kind: 'ServiceAccount', name: 'keyfirst', namespace: NAMESPACE }],
    });
  });

  it('live as long as the values say', () => {
    expect(env(render(merged(ciValues('default'), { certificates: { lifetime: '30s' } }))).KEYFIRST_CERTIFICATE_LIFETIME).toBe('30s');
  });
});

describe('certificates from files', () => {
  beforeEach(requireHelm);

  it('are mounted, and the API server is told their CA by the chart', () => {
    const values = ciValues('files');
    const rendered = render(values);
    const pod = podSpec(rendered);

    for (const bundle of bundles(rendered))
      expect(Buffer.from(String(bundle), 'base64').toString()).toBe(values.certificates.files.caBundle);
    expect(env(rendered)).toMatchObject({
      KEYFIRST_TLS_CERT: '/etc/keyfirst/tls/webhook.pem',
      KEYFIRST_TLS_KEY: '/etc/keyfirst/tls/tls.key',
    });
    expect(pod.volumes).toContainEqual({ name: 'certificate', ...values.certificates.files.volume });
    expect(pod.containers[0].volumeMounts).toContainEqual({ name: 'certificate', mountPath: '/etc/keyfirst/tls', readOnly: true });
  });

  it.each(['files', 'cert-manager'] as const)('(%s) need one right: to see what the API server trusts', (mode) => {
    const values = merged(ciValues(mode), { settings: { identity: { serviceAccounts: false }, env: { fileKeyRef: true } } });
    const rendered = render(values);

    expect(rendered.filter(({ kind }) => kind.endsWith('Role')).map(({ rules }) => rules)).toEqual([[{ ...own, verbs: ['get', 'watch'] }]]);
    expect(env(rendered)).toMatchObject({
      KEYFIRST_WEBHOOK_CONFIGURATION: CONFIGURATION,
      KEYFIRST_SERVICE: 'keyfirst',
      KEYFIRST_NAMESPACE: 'from the pod',
    });
    expect(env(rendered)).not.toHaveProperty('KEYFIRST_CERTIFICATE_LIFETIME');
  });
});

describe('certificates from cert-manager', () => {
  beforeEach(requireHelm);

  it('are made for the Service, with a new key each time, and mounted from the Secret by the kubelet', () => {
    const rendered = render(ciValues('cert-manager'));
    const { keyfirst } = certificates(rendered);

    expect(keyfirst).toEqual({
      secretName: 'keyfirst-tls',
      duration: '2160h',
      renewBefore: '720h',
      dnsNames: [`keyfirst.${NAMESPACE}.svc`, `keyfirst.${NAMESPACE}.svc.cluster.local`, `keyfirst.${NAMESPACE}`],
      usages: ['digital signature', 'server auth'],
      privateKey: { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always' },
      issuerRef: { name: 'keyfirst-ca', kind: 'Issuer', group: 'cert-manager.io' },
    });
    const [volume] = podSpec(rendered).volumes.filter(({ name }: Rendered) => name === 'certificate');
    expect(volume.secret).toMatchObject({ secretName: 'keyfirst-tls', items: [{ key: 'tls.crt' }, { key: 'tls.key' }] });
    expect(env(rendered)).toMatchObject({ KEYFIRST_TLS_CERT: '/etc/keyfirst/tls/tls.crt', KEYFIRST_TLS_KEY: '/etc/keyfirst/tls/tls.key' });
  });

  it('are trusted by what its CA injector writes: the chart itself holds no caBundle', () => {
    const rendered = render(ciValues('cert-manager'));

    expect(one(rendered, 'MutatingWebhookConfiguration').metadata.annotations).toEqual({
      'cert-manager.io/inject-ca-from': `${NAMESPACE}/keyfirst`,
      'keyfirst.dev/certificates': 'cert-manager',
    });
    expect(bundles(rendered)).toEqual([undefined, undefined]);
  });

  it('come from a CA of the chart that keeps its key, so that a renewal of the CA breaks nothing', () => {
    const rendered = render(ciValues('cert-manager'));

    expect(certificates(rendered)['keyfirst-ca']).toMatchObject({
      isCA: true,
      secretName: 'keyfirst-ca',
      privateKey: { rotationPolicy: 'Never' },
      issuerRef: { name: 'keyfirst-self-signed' },
    });
    expect(rendered.filter(({ kind }) => kind === 'Issuer').map(({ metadata, spec }) => [metadata.name, spec])).toEqual(
      expect.arrayContaining([
        ['keyfirst-self-signed', { selfSigned: {} }],
        ['keyfirst-ca', { ca: { secretName: 'keyfirst-ca' } }],
      ]),
    );
  });

  it('come from an issuer of yours where you name one', () => {
    const issuer = { name: 'corporate', kind: 'ClusterIssuer' };
    const rendered = render(merged(ciValues('cert-manager'), { certificates: { certManager: { issuerRef: issuer } } }));

    expect(Object.keys(certificates(rendered))).toEqual(['keyfirst']);
    expect(certificates(rendered).keyfirst.issuerRef).toEqual({ ...issuer, group: 'cert-manager.io' });
    expect(rendered.some(({ kind }) => kind === 'Issuer')).toBe(false);
  });
});
