import { createPrivateKey, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { issueCertificate } from '../../../../src/tls/authority.ts';
import { ownerOfCa } from '../../../../src/tls/ca-name.ts';

const now = new Date('2030-06-01T12:00:00Z');
const options = { podName: 'keyfirst-7d9f8c6b5d-x2x4z', service: 'keyfirst', namespace: 'keyfirst-system', now, lifetime: 86_400_000 };

describe('issueCertificate', () => {
  it('makes a CA that names its pod and may only sign leaves', async () => {
    const ca = new X509Certificate((await issueCertificate(options)).ca);

    expect(ca.ca).toBe(true);
    expect(ownerOfCa(ca.subject)).toEqual({ podName: options.podName, namespace: options.namespace });
    expect(ca.verify(ca.publicKey)).toBe(true);
    expect(ca.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
  });

  it('makes a leaf for the names of the Service, for servers only, signed by that CA', async () => {
    const issued = await issueCertificate(options);
    const leaf = new X509Certificate(issued.certificate);
    const ca = new X509Certificate(issued.ca);

    expect(leaf.ca).toBe(false);
    expect(leaf.subjectAltName).toBe(
      'DNS:keyfirst.keyfirst-system.svc, DNS:keyfirst.keyfirst-system.svc.cluster.local, DNS:keyfirst.keyfirst-system',
    );
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(leaf.checkIssued(ca) && leaf.verify(ca.publicKey)).toBe(true);
    expect(leaf.checkPrivateKey(createPrivateKey(issued.key))).toBe(true);
    expect(leaf.checkHost('keyfirst.keyfirst-system.svc')).toBe('keyfirst.keyfirst-system.svc');
  });

  it('begins an hour ago and ends an hour late, for an API server whose clock differs', async () => {
    const issued = await issueCertificate(options);

    for (const pem of [issued.ca, issued.certificate]) {
      const { validFromDate, validToDate } = new X509Certificate(pem);
      expect(validFromDate).toEqual(new Date('2030-06-01T11:00:00Z'));
      expect(validToDate).toEqual(new Date('2030-06-02T13:00:00Z'));
    }
    expect(issued).toMatchObject({
      issuedAt: now,
      notBefore: new Date('2030-06-01T11:00:00Z'),
      notAfter: new Date('2030-06-02T13:00:00Z'),
    });
  });

  it('makes new keys each time and gives no CA key out', async () => {
    const [one, two] = await Promise.all([issueCertificate(options), issueCertificate(options)]);

    expect(one.ca).not.toBe(two.ca);
    expect(one.key).not.toBe(two.key);
    expect(new X509Certificate(one.ca).checkPrivateKey(createPrivateKey(one.key))).toBe(false);
    expect(Object.keys(one).sort()).toEqual(['ca', 'certificate', 'issuedAt', 'key', 'lifetime', 'notAfter', 'notBefore']);
  });

  it('takes the longest pod name there is', async () => {
    const podName = `${'p'.repeat(250)}.io`;

    expect(ownerOfCa(new X509Certificate((await issueCertificate({ ...options, podName })).ca).subject)?.podName).toBe(podName);
  });
});
