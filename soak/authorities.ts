import { setTimeout as wait } from 'node:timers/promises';
import { RELEASE } from '../test/support/e2e-setup.ts';
import { get, type Manifest } from '../test/support/kubectl.ts';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const LOOK = 5000;

/** Looks into `caBundle` every 5 s until `signal`; how many different certificates were there. */
export async function countAuthorities(signal: AbortSignal): Promise<number> {
  const seen = new Set<string>();
  while (!signal.aborted) {
    // Fails while the API server is away.
    const configuration = await webhookConfiguration().catch(() => undefined);
    const bundle: unknown = configuration?.webhooks[0].clientConfig.caBundle;
    const text = typeof bundle === 'string' ? Buffer.from(bundle, 'base64').toString() : '';
    for (const certificate of text.match(CERTIFICATE) ?? []) seen.add(certificate);
    await wait(LOOK, undefined, { signal }).catch(() => undefined);
  }
  return seen.size;
}

/** Our one MutatingWebhookConfiguration. */
export async function webhookConfiguration(): Promise<Manifest> {
  const { items } = await get('mutatingwebhookconfigurations', '-l', `app.kubernetes.io/instance=${RELEASE}`);
  const [found] = items as Manifest[];
  if (found === undefined) throw new Error('there is no webhook configuration');
  return found;
}
