import { randomBytes } from 'node:crypto';
import type { Manifest } from '../../../test/support/kubectl.ts';

export const NAMESPACE = 'keyfirst-demo';

export type Secrets = ReturnType<typeof secrets>;

/** What Vault holds, new in each run, and what the app must find of it. */
export function secrets() {
  const password = randomBytes(12).toString('base64url');
  const apiKey = `key-${randomBytes(18).toString('base64url')}`;
  return {
    vault: { 'shop/db': { host: 'db.shop.internal', username: 'shop_app', password }, 'shop/payment': { 'api-key': apiKey } },
    /** Bytes of each file; of `db.json` the app tells the password's only. */
    found: { 'db.json': password, 'api-key': apiKey },
  };
}

export const NAMESPACE_OBJECTS: readonly Manifest[] = [
  {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: NAMESPACE, labels: { 'keyfirst.dev/injection': 'enabled', 'pod-security.kubernetes.io/enforce': 'restricted' } },
  },
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'shop', namespace: NAMESPACE } },
];

export const ASKING = {
  'keyfirst.dev/file.db.json': 'vault://secret/shop/db',
  'keyfirst.dev/file.api-key': 'vault://secret/shop/payment#api-key',
};

/** Two slips: the store is misspelt, and a secret stands where its reference belongs. */
export const PASTED_VALUE = 'correct-horse-battery-staple';
export const BAD = { 'keyfirst.dev/file.db.json': 'valut://secret/shop/db', 'keyfirst.dev/file.api-key': PASTED_VALUE };

/** The app's whole life: it reads once, and tells a hash of what it read. */
const READ = `cd /keyfirst/secrets
hash() { sha256sum | cut -c1-16; }
echo "read db.json: password has sha256 $(sed 's/.*"password":"\\([^"]*\\)".*/\\1/' db.json | tr -d '\\n' | hash)…"
echo "read api-key: sha256 $(hash < api-key)…"
grep ' /keyfirst/secrets ' /proc/mounts | cut -d' ' -f3 | sed 's/^/on /'`;

export function podSpec(image: string): Manifest {
  const securityContext = {
    runAsNonRoot: true,
    runAsUser: 1000,
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  };
  return { serviceAccountName: 'shop', containers: [{ name: 'web', image, command: ['sh', '-c', READ], securityContext }] };
}

export function pod(name: string, annotations: Readonly<Record<string, string>>, image: string): Manifest {
  const metadata = { name, namespace: NAMESPACE, annotations };
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: { restartPolicy: 'Never', ...podSpec(image) } };
}

export function deployment(name: string, annotations: Readonly<Record<string, string>>, image: string): Manifest {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: NAMESPACE },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels, annotations }, spec: podSpec(image) } },
  };
}
