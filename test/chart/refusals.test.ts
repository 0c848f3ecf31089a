import { execFileSync } from 'node:child_process';
import { beforeEach, describe, expect, it } from 'vitest';
import { CHART } from '../../scripts/helm.ts';
import { CI_VALUES, ciFile, ciValues, helm, merged, refusal, requireHelm } from './support/chart.ts';

const image = (settings: object) => ({ webhook: { image: settings } });
const files = (settings: object) => ({ certificates: { mode: 'files', files: settings } });
const certManager = (settings: object) => ({ certificates: { mode: 'cert-manager', certManager: settings } });
const CSI = { csi: { driver: 'certificates.test' } };
const CA = '-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n';

describe('values that cannot work', () => {
  beforeEach(requireHelm);

  it.each<[object, string]>([
    [{ webhooks: {} }, "additional properties 'webhooks' not allowed"],
    [{ webhook: { replica: 2 } }, "at '/webhook': additional properties 'replica' not allowed"],
    [{ webhook: { replicas: 0 } }, "at '/webhook/replicas': minimum: got 0, want 1"],
    [{ webhook: { logLevel: 'trace' } }, "at '/webhook/logLevel': value must be one of 'debug', 'info', 'warn', 'error'"],
    [image({ tag: 1.1 }), "at '/webhook/image/tag': got number, want string"],
    [image({ digest: 'abc' }), "at '/webhook/image/digest': 'abc' does not match pattern"],
    [{ certificates: { mode: 'own' } }, "at '/certificates/mode': value must be one of 'self', 'files', 'cert-manager'"],
    [{ certificates: { lifetime: '7d' } }, "at '/certificates/lifetime': '7d' does not match pattern"],
    [{ certificates: { lifetime: '' } }, "at '/certificates/lifetime'"],
    [{ settings: { stores: { vault: { adress: 'x' } } } }, "at '/settings/stores/vault': additional properties 'adress' not allowed"],
    [
      { settings: { stores: { vault: { address: 'vault.test' } } } },
      "at '/settings/stores/vault/address': 'vault.test' does not match pattern",
    ],
    [{ settings: { kubernetesVersion: 1.34 } }, "at '/settings/kubernetesVersion': got number, want string"],
    [{ settings: { defaults: { deadline: '2 minutes' } } }, "at '/settings/defaults/deadline': '2 minutes' does not match pattern"],
    [
      { settings: { injector: { resources: { requests: { cpu: 1 } } } } },
      "at '/settings/injector/resources/requests/cpu': got number, want string",
    ],
  ])('the schema refuses %j', (changes, message) => {
    expect(refusal(merged(ciValues('default'), changes))).toContain(message);
  });

  it.each<[object, string]>([
    [image({ repository: 'r.test:5000/w:1.0' }), 'webhook.image.repository: "r.test:5000/w:1.0" holds a tag or digest'],
    [image({ repository: 'r.test/w@sha256:abc' }), 'webhook.image.repository: "r.test/w@sha256:abc" holds a tag or digest'],
    [
      { settings: { injector: { image: 'x' } } },
      'settings.injector.image: the chart fills it in; remove it and set injector.image.repository',
    ],
    [
      { settings: { injector: { pullPolicy: 'Always' } } },
      'settings.injector.pullPolicy: the chart fills it in; remove it and set injector.image.pullPolicy',
    ],
    [{ fullnameOverride: '9lives' }, 'the name "9lives" cannot be a Service\'s: set fullnameOverride'],
    [{ serviceAccount: { create: false } }, 'serviceAccount.name is not set'],
    [certManager({ issuerRef: { kind: 'ClusterIssuer' } }), 'certificates.certManager.issuerRef.name is not set'],
    [certManager({ duration: '59m' }), 'certificates.certManager.duration: "59m" is less than 1h'],
    [certManager({ renewBefore: '4m59s' }), 'certificates.certManager.renewBefore: "4m59s" is not between 5m and duration (2160h)'],
    [certManager({ duration: '24h', renewBefore: '1440m' }), 'certificates.certManager.renewBefore: "1440m" is not between'],
    [
      { certificates: { certManager: { issuerRef: { name: 'x' } } } },
      'certificates.certManager.issuerRef is set but certificates.mode is self',
    ],
    [
      merged(certManager({}), { certificates: { files: { caBundle: CA } } }),
      'certificates.files is set but certificates.mode is cert-manager',
    ],
    [{ certificates: { lifetime: '29s' } }, 'certificates.lifetime: "29s" is less than 30s'],
    [{ certificates: { lifetime: '0h0m9s' } }, 'certificates.lifetime: "0h0m9s" is less than 30s'],
    [{ certificates: { lifetime: '0m' } }, 'certificates.lifetime: "0m" is less than 30s'],
    [{ certificates: { files: { caBundle: CA } } }, 'certificates.files is set but certificates.mode is self'],
    [files({ caBundle: CA }), 'certificates.files.volume is not set'],
    [files({ caBundle: CA, volume: { name: 'x', ...CSI } }), 'certificates.files.volume.name: the chart names the volume'],
    [files({ caBundle: CA, volume: { emptyDir: {}, ...CSI } }), 'a volume has one source, not csi, emptyDir'],
    [files({ volume: CSI }), 'certificates.files.caBundle is not set to PEM text'],
    [files({ volume: CSI, caBundle: 'LS0tLS1CRUdJTg==' }), 'certificates.files.caBundle is not set to PEM text'],
    [files({ volume: CSI, caBundle: `${CA}-----BEGIN PRIVATE KEY-----` }), 'certificates.files.caBundle holds a private key'],
  ])('the chart refuses %j', (changes, message) => {
    expect(refusal(merged(ciValues('default'), changes))).toContain(message);
  });

  it('tells all problems at once, and how to come by images', () => {
    const message = refusal({ certificates: { mode: 'files' } });

    expect(message).toContain('- webhook.image.repository is not set: no images are published; build and push them');
    expect(message).toContain('- injector.image.repository is not set: no images are published; build and push them');
    expect(message).toContain('- certificates.files.volume is not set');
  });

  it('does not repeat a private key', () => {
    expect(refusal(merged(ciValues('default'), files({ volume: CSI, caBundle: '-----BEGIN PRIVATE KEY-----\ncanary' })))).not.toContain(
      'canary',
    );
  });

  it('is too old a cluster', () => {
    const render = () =>
      execFileSync(helm, ['template', CHART, '--kube-version', '1.29.9', '--values', ciFile('default')], { stdio: 'pipe' });

    expect(render).toThrow(/chart requires kubeVersion: >=1.30.0-0/);
  });

  it.each(CI_VALUES)('has nothing to say to %s values', (name) => {
    expect(execFileSync(helm, ['lint', CHART, '--strict', '--values', ciFile(name)], { encoding: 'utf8' })).toContain('0 chart(s) failed');
  });
});
