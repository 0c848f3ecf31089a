import { randomBytes } from 'node:crypto';
import { stringify } from 'yaml';

/** What the demo's store holds, new in each run. Awkward on purpose: `$(HOME)` would be expanded by a careless tool. */
export function makeUpSecrets() {
  const password = `${randomBytes(9).toString('base64url')}$(HOME)$$`;
  const apiKey = `key-${randomBytes(18).toString('base64url')}`;
  const db = { host: 'db.shop.internal', port: 5432, username: 'shop_app', password };
  return {
    store: stringify({ 'shop/db': db, 'shop/payment': { provider: 'acme-pay', 'api-key': apiKey } }),
    /** The bytes that each file must have in the end. */
    files: { 'db.json': JSON.stringify(db), 'api-key': apiKey },
    values: [password, apiKey],
  };
}

/** The webhook's settings: the store of the demo is a YAML file in place of a Vault. */
export const SETTINGS = stringify({ devStore: true, stores: { dev: { 'config-map': 'demo-secrets' } } });

export const POD = `apiVersion: v1
kind: Pod
metadata:
  name: shop
  namespace: demo
  annotations:
    keyfirst.dev/file.db.json: dev://shop/db
    keyfirst.dev/file.api-key: dev://shop/payment#api-key
spec:
  serviceAccountName: shop
  containers:
    - name: web
      image: registry.example.com/shop/web:1.4.2
      ports: [{ containerPort: 8080 }]
      env:
        - { name: DB_FILE, value: /keyfirst/secrets/db.json }
        - { name: API_KEY_FILE, value: /keyfirst/secrets/api-key }
    - name: worker
      image: registry.example.com/shop/worker:1.4.2
      volumeMounts:
        - { name: spool, mountPath: /var/spool }
  volumes:
    - name: spool
      emptyDir: {}
`;

/** The same pod with three slips, one of them a secret where its reference belongs. */
export const PASTED_VALUE = 'correct-horse-battery-staple';
export const BAD_ANNOTATIONS = {
  'keyfirst.dev/file.db.json': 'valut://shop/db',
  'keyfirst.dev/file.api-key': PASTED_VALUE,
  'keyfirst.dev/mount-pth': '/etc/secrets',
};
