import { beforeEach, describe, expect, it } from 'vitest';
import { ciValues, merged, one, type Rendered, refusal, render, requireHelm } from './support/chart.ts';

const rendered = (changes: object): Rendered[] => render(merged(ciValues('default'), changes));
const podSpec = (objects: readonly Rendered[]): Rendered => one(objects, 'Deployment').spec.template.spec;

describe('the NetworkPolicy', () => {
  beforeEach(requireHelm);

  it('lets everybody reach both ports, and the pods reach everything, unless told otherwise', () => {
    const objects = rendered({});

    expect(one(objects, 'NetworkPolicy').spec).toEqual({
      podSelector: { matchLabels: one(objects, 'Service').spec.selector },
      policyTypes: ['Ingress'],
      ingress: [{ ports: [{ port: 'https', protocol: 'TCP' }] }, { ports: [{ port: 'metrics', protocol: 'TCP' }] }],
    });
  });

  it('lets chosen peers read metrics, and the pods call the API server alone', () => {
    const { spec } = one(render(ciValues('monitoring')), 'NetworkPolicy');

    expect(spec.policyTypes).toEqual(['Ingress', 'Egress']);
    expect(spec.ingress[1].from).toEqual([{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }]);
    expect(spec.egress).toEqual([
      {
        ports: [443, 6443].map((port) => ({ port, protocol: 'TCP' })),
        to: ['10.77.0.1/32', '10.96.0.1/32'].map((cidr) => ({ ipBlock: { cidr } })),
      },
    ]);
  });

  it('names ports that the pods have', () => {
    const objects = render(ciValues('monitoring'));
    const named = one(objects, 'NetworkPolicy').spec.ingress.flatMap(({ ports }: Rendered) => ports.map(({ port }: Rendered) => port));

    expect(podSpec(objects).containers[0].ports.map(({ name }: Rendered) => name)).toEqual(named);
  });

  it('can be left out', () => {
    expect(rendered({ networkPolicy: { enabled: false } }).map(({ kind }) => kind)).not.toContain('NetworkPolicy');
  });

  it.each<[object, string]>([
    [{ networkPolicy: { enabled: false, egress: { enabled: true } } }, 'networkPolicy.enabled is false, so'],
    [{ networkPolicy: { enabled: false, metricsFrom: [{ podSelector: {} }] } }, 'networkPolicy.enabled is false, so'],
    [{ networkPolicy: { egress: { enabled: true } }, webhook: { hostNetwork: true } }, 'has no effect on pods in their node'],
    [{ networkPolicy: { metricsFrom: ['monitoring'] } }, "at '/networkPolicy/metricsFrom/0': got string, want object"],
    [{ networkPolicy: { metricsFrom: [{ namespace: 'x' }] } }, "additional properties 'namespace' not allowed"],
    [{ networkPolicy: { egress: { apiServerPorts: [] } } }, "at '/networkPolicy/egress/apiServerPorts': minItems: got 0, want 1"],
    [{ networkPolicy: { egress: { apiServerCidrs: ['10.0.0.1'] } } }, "'10.0.0.1' does not match pattern"],
  ])('refuses %j', (changes, message) => {
    expect(refusal(merged(ciValues('default'), changes))).toContain(message);
  });
});

describe('ports', () => {
  beforeEach(requireHelm);

  it('move with the values, under the same names', () => {
    const objects = rendered({ webhook: { port: 10250, metricsPort: 9100 } });
    const [{ env, ports }] = podSpec(objects).containers;
    const given = (name: string) => env.find((variable: Rendered) => variable.name === name).value;

    expect(ports.map(({ name, containerPort }: Rendered) => [name, containerPort])).toEqual([
      ['https', 10250],
      ['metrics', 9100],
    ]);
    expect([given('KEYFIRST_PORT'), given('KEYFIRST_METRICS_PORT')]).toEqual(['10250', '9100']);
    expect(one(objects, 'Service').spec.ports.map(({ port, targetPort }: Rendered) => [port, targetPort])).toEqual([
      [443, 'https'],
      [9090, 'metrics'],
    ]);
  });

  it.each<[object, string]>([
    [{ port: 443 }, "at '/webhook/port': minimum: got 443, want 1,024"],
    [{ port: '8443' }, "at '/webhook/port': got string, want integer"],
    [{ port: 9090 }, 'webhook.port and webhook.metricsPort are both 9090'],
  ])('refuse %j', (webhook, message) => {
    expect(refusal(merged(ciValues('default'), { webhook }))).toContain(message);
  });
});

describe('hostNetwork', () => {
  beforeEach(requireHelm);

  it("uses the node's network, and frees its ports before a new pod takes them", () => {
    const objects = rendered({ webhook: { hostNetwork: true } });

    expect(podSpec(objects)).toMatchObject({ hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' });
    expect(one(objects, 'Deployment').spec.strategy.rollingUpdate).toEqual({ maxUnavailable: 1, maxSurge: 0 });
  });
});

describe('setUser', () => {
  beforeEach(requireHelm);

  it.each(['default', 'files'] as const)('leaves user and groups to the platform with %s values', (name) => {
    const spec = podSpec(render(merged(ciValues(name), { webhook: { setUser: false } })));

    expect(spec.securityContext).toEqual({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
  });
});
