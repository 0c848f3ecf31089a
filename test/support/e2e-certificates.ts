import { X509Certificate } from 'node:crypto';
import { connect, type DetailedPeerCertificate } from 'node:tls';
import { RELEASE, SYSTEM } from './e2e-setup.ts';
import { get } from './kubectl.ts';

/** Every certificate in the `caBundle` of the chart's webhook configuration. */
export async function trusted(): Promise<X509Certificate[]> {
  const { items } = await get('mutatingwebhookconfigurations', '-l', `app.kubernetes.io/instance=${RELEASE}`);
  const bundle = Buffer.from(items[0].webhooks[0].clientConfig.caBundle ?? '', 'base64').toString();
  return (bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map((pem) => new X509Certificate(pem));
}

/** What a pod of the webhook at this address shows to whoever trusts `ca` and calls it by the name of its Service; rejects when it fails that. */
export function peerOf(host: string, ca: string[]): Promise<DetailedPeerCertificate> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: 8443, ca, servername: `${RELEASE}.${SYSTEM}.svc` }, () => {
      resolve(socket.getPeerCertificate(true));
      socket.end();
    });
    socket.once('error', reject);
  });
}
