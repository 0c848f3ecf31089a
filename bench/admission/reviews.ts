/** What a review is about: how many secrets, how many containers, and how many bytes the pod has at least. */
export interface PodShape {
  readonly entries: number;
  readonly containers: number;
  /** Bytes of the pod's JSON, filled up with variables of the first container; absent: as large as it comes. */
  readonly bytes?: number;
}

/** Stands for a number that differs from request to request; as long as the number. */
export const NUMBER = '@@@@@@@@';
/** Likewise for the last digits of that number. */
export const ENDING = '#####';

/** Whether the pods of a run are of one Deployment, and differ in the names that Kubernetes gives them, or each asks for other secrets. */
export type Templates = 'one' | 'each its own';

const FILLING = 1000;
const TOKEN_VOLUME = `kube-api-access-${ENDING}`;

/**
 * An AdmissionReview as the API server sends it for a pod of a Deployment: defaults, API token and managed fields are there.
 * Uid and the volume of the API token differ from pod to pod; the name and the paths of the secrets where each has its own template.
 */
export function reviewOf(shape: PodShape, templates: Templates = 'each its own'): string {
  const pod = podOf(shape, templates === 'one' ? '00000000' : NUMBER);
  return JSON.stringify({
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid: `705ab4f5-6393-11e8-b7cc-0000${NUMBER}`,
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      requestKind: { group: '', version: 'v1', kind: 'Pod' },
      requestResource: { group: '', version: 'v1', resource: 'pods' },
      namespace: 'shop',
      operation: 'CREATE',
      userInfo: {
        username: 'system:serviceaccount:kube-system:replicaset-controller',
        uid: '9a8b3c8e-1f6f-4b5c-8f57-2f1f6f0f7c11',
        groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'],
        extra: { 'authentication.kubernetes.io/credential-id': ['JTI=2c2c9e4e-7f0c-4c1e-9d3c-b43a3e1b7f51'] },
      },
      object: pod,
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
    },
  });
}

function podOf({ entries, containers, bytes = 0 }: PodShape, template: string): object {
  const annotations = Object.fromEntries(
    Array.from({ length: entries }, (_, index) => [
      `keyfirst.dev/file.secret-${index}`,
      `vault://secret/shop/${template}-${index}#password`,
    ]),
  );
  const metadata = {
    generateName: `shop-${template}-`,
    namespace: 'shop',
    creationTimestamp: null,
    labels: { app: 'shop', 'pod-template-hash': '7d4b9c5d8f' },
    annotations,
    ownerReferences: [
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'shop-7d4b9c5d8f', uid: '3f0c1b3e', controller: true, blockOwnerDeletion: true },
    ],
    managedFields: [
      {
        manager: 'kube-controller-manager',
        operation: 'Update',
        apiVersion: 'v1',
        time: '2026-01-01T00:00:00Z',
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:metadata': managed(['generateName', 'labels', 'ownerReferences']),
          'f:spec': managed(['containers', 'restartPolicy']),
        },
      },
    ],
  };
  const spec = {
    volumes: [
      {
        name: TOKEN_VOLUME,
        projected: {
          defaultMode: 420,
          sources: [
            { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
            { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
            { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
          ],
        },
      },
    ],
    containers: Array.from({ length: containers }, (_, index) => container(index)),
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    serviceAccountName: 'shop',
    serviceAccount: 'shop',
    securityContext: { runAsNonRoot: true, fsGroup: 1000 },
    schedulerName: 'default-scheduler',
    tolerations: ['not-ready', 'unreachable'].map((state) => ({
      key: `node.kubernetes.io/${state}`,
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: 300,
    })),
    priority: 0,
    enableServiceLinks: true,
    preemptionPolicy: 'PreemptLowerPriority',
  };
  const pod = { kind: 'Pod', apiVersion: 'v1', metadata, spec, status: {} };
  const missing = bytes - JSON.stringify(pod).length;
  for (let filled = 0; filled < missing; filled += FILLING) {
    spec.containers[0]?.env.push({ name: `FILLING_${filled}`, value: 'x'.repeat(Math.min(FILLING, missing - filled)) });
  }
  return pod;
}

function container(index: number) {
  return {
    name: `app-${index}`,
    image: 'registry.example.com/shop/app:1.2.3',
    args: ['--listen', '8080'],
    ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
    env: ['LOG_LEVEL', 'REGION'].map((name) => ({ name, value: 'some-value' })),
    resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
    volumeMounts: [{ name: TOKEN_VOLUME, readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' }],
    readinessProbe: {
      httpGet: { path: '/ready', port: 'http', scheme: 'HTTP' },
      timeoutSeconds: 1,
      periodSeconds: 10,
      failureThreshold: 3,
    },
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: 'IfNotPresent',
    securityContext: { runAsUser: 1000, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  };
}

function managed(fields: readonly string[]): object {
  return Object.fromEntries(fields.map((field) => [`f:${field}`, {}]));
}
