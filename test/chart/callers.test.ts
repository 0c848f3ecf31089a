import { beforeEach, describe, expect, it } from 'vitest';
import { ciValues, merged, one, type Rendered, refusal, render, requireHelm } from './support/chart.ts';

const CA = '-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n';
const callers = (clientCertificate: object) => merged(ciValues('default'), { webhook: { callers: { clientCertificate } } });
const pod = (rendered: readonly Rendered[]): Rendered => one(rendered, 'Deployment').spec.template;
const env = (rendered: readonly Rendered[]): [string, string][] =>
  pod(rendered).spec.containers[0].env.flatMap(({ name, value }: Rendered) => (name.startsWith('KEYFIRST_CALLERS') ? [[name, value]] : []));

describe('who may ask the webhook', () => {
  beforeEach(requireHelm);

  it('is anybody by default, and where the values of an older chart are kept', () => {
    for (const values of [
      ciValues('default'),
      callers({ ca: '', names: [] }),
      merged(ciValues('default'), { webhook: { callers: null } }),
    ]) {
      const rendered = render(values);
      expect(env(rendered)).toEqual([]);
      expect(pod(rendered).spec.volumes.map(({ name }: Rendered) => name)).toEqual(['settings']);
      expect(Object.keys(one(rendered, 'ConfigMap').data)).toEqual(['settings.yaml']);
    }
  });

  it('is known by a CA, from a folder that follows the ConfigMap, and by names', () => {
    const rendered = render(callers({ ca: CA, names: ['kube-apiserver', 'system:apiserver'] }));

    expect(env(rendered)).toEqual([
      ['KEYFIRST_CALLERS_CA', '/etc/keyfirst/callers/ca.pem'],
      ['KEYFIRST_CALLERS_NAMES', 'kube-apiserver,system:apiserver'],
    ]);
    expect(one(rendered, 'ConfigMap').data['callers-ca.pem']).toBe(CA);
    expect(pod(rendered).spec.volumes).toContainEqual({
      name: 'callers',
      configMap: { name: 'keyfirst', items: [{ key: 'callers-ca.pem', path: 'ca.pem' }] },
    });
    expect(pod(rendered).spec.containers[0].volumeMounts).toContainEqual({
      name: 'callers',
      mountPath: '/etc/keyfirst/callers',
      readOnly: true,
    });
    expect(env(render(callers({ ca: CA })))).toEqual([['KEYFIRST_CALLERS_CA', '/etc/keyfirst/callers/ca.pem']]);
  });

  it('changes with another CA without new pods: the webhook reads it again', () => {
    expect(pod(render(callers({ ca: CA })))).toEqual(pod(render(callers({ ca: CA + CA }))));
  });

  it.each<[object, string]>([
    [{ ca: 'a path.pem' }, 'webhook.callers.clientCertificate.ca is not PEM text'],
    [{ ca: `${CA}-----BEGIN PRIVATE KEY-----` }, 'webhook.callers.clientCertificate.ca holds a private key'],
    [{ names: ['a'] }, 'webhook.callers.clientCertificate.names is set without ca, so that anybody may ask'],
    [{ ca: CA, names: ['a,b'] }, "at '/webhook/callers/clientCertificate/names/0': 'a,b' does not match pattern"],
    [{ ca: CA, names: ['*.test'] }, "at '/webhook/callers/clientCertificate/names/0'"],
    [{ ca: CA, name: ['a'] }, "additional properties 'name' not allowed"],
  ])('is refused as %j', (values, message) => {
    expect(refusal(callers(values))).toContain(message);
  });
});
