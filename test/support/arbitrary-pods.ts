import fc from 'fast-check';
import type { Pod } from '../../src/plan/pod.ts';

/** JSON that is in a pod for reasons of its own: fields from the future. */
const future = fc.dictionary(
  fc.constantFrom('futureField', 'gpuProfile', 'a/b~c', 'x'),
  fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.array(fc.string(), { maxLength: 2 })),
  { maxKeys: 2 },
);

const quantities = fc.option(fc.record({ cpu: fc.constantFrom('100m', '0.5', '1'), memory: fc.constantFrom('64Mi', '1Gi') }), {
  nil: undefined,
});

const container = (name: string) =>
  fc
    .tuple(
      future,
      fc.record(
        {
          volumeMounts: fc.array(
            fc.constantFrom('data', 'logs').map((volume) => ({ name: volume, mountPath: `/mnt/${volume}` })),
            { maxLength: 2 },
          ),
          env: fc.array(fc.record({ name: fc.constantFrom('A', 'B'), value: fc.string() }), { maxLength: 2 }),
          resources: fc.record({ requests: quantities, limits: quantities }, { requiredKeys: [] }),
          securityContext: fc.record(
            { runAsUser: fc.constantFrom(0, 1000, 2000), runAsGroup: fc.constantFrom(1000, 3000) },
            { requiredKeys: [] },
          ),
          restartPolicy: fc.constantFrom('Always'),
        },
        { requiredKeys: [] },
      ),
    )
    .map(([extra, fields]) => ({ ...extra, ...fields, name, image: 'app:1' }));

const named = (names: string[]) => fc.subarray(names, { minLength: 1 }).chain((chosen) => fc.tuple(...chosen.map(container)));

/** Pods of any shape that ask for secrets and that Keyfirst should be able to serve. */
export const askingPod: fc.Arbitrary<Pod> = fc
  .record({
    annotations: fc.record(
      {
        'keyfirst.dev/file.password': fc.constant('vault://secret/shop/db#password'),
        'keyfirst.dev/file.db.json': fc.constantFrom('vault://secret/shop/db', 'dev://shop/db'),
        'keyfirst.dev/store.dev.config-map': fc.constant('demo'),
        'keyfirst.dev/order': fc.constantFrom('auto', 'first', 'last'),
        'keyfirst.dev/mount-path': fc.constantFrom('/secrets', '/etc/app/keys'),
        'keyfirst.dev/deadline': fc.constantFrom('30s', '20m'),
        'example.com/other': fc.string(),
      },
      { requiredKeys: ['keyfirst.dev/file.password', 'keyfirst.dev/store.dev.config-map'] },
    ),
    apps: named(['web', 'worker', 'istio-proxy']),
    inits: fc.option(named(['migrate', 'linkerd-proxy', 'warm-up']), { nil: undefined }),
    volumes: fc.option(
      fc.constant([
        { name: 'data', emptyDir: {} },
        { name: 'logs', emptyDir: {} },
      ]),
      { nil: undefined },
    ),
    spec: fc.record(
      {
        securityContext: fc.record({ runAsUser: fc.constantFrom(1000, 2000), fsGroup: fc.constantFrom(2000) }, { requiredKeys: [] }),
        serviceAccountName: fc.constantFrom('shop', 'default'),
        restartPolicy: fc.constantFrom('Always', 'Never', 'OnFailure'),
        shareProcessNamespace: fc.boolean(),
        hostNetwork: fc.boolean(),
        resources: fc.record({ requests: quantities }, { requiredKeys: [] }),
      },
      { requiredKeys: [] },
    ),
    future,
  })
  .map(({ annotations, apps, inits, volumes, spec, future: extra }) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { generateName: 'shop-', annotations, ...extra },
    spec: { ...extra, ...spec, containers: apps, ...(inits ? { initContainers: inits } : {}), ...(volumes ? { volumes } : {}) },
  })) as unknown as fc.Arbitrary<Pod>;

/** Pods as above that ask for variables too; some containers have a command. */
export const askingForVariables: fc.Arbitrary<Pod> = fc
  .record({
    pod: askingPod,
    annotations: fc.record(
      {
        'keyfirst.dev/env.DB_PASSWORD': fc.constant('vault://secret/shop/db#password'),
        'keyfirst.dev/env.TOKEN': fc.constant('dev://shop/token'),
        'keyfirst.dev/env-delivery': fc.constantFrom('auto', 'file-key-ref'),
      },
      { requiredKeys: ['keyfirst.dev/env.DB_PASSWORD'] },
    ),
    withFiles: fc.boolean(),
    commands: fc.array(fc.option(fc.array(fc.constantFrom('/app', '--port', '$(A)', ''), { minLength: 1, maxLength: 3 })), {
      minLength: 6,
      maxLength: 6,
    }),
  })
  .map(({ pod, annotations, withFiles, commands }) => {
    const copy = structuredClone(pod);
    const all = [...copy.spec.containers, ...(copy.spec.initContainers ?? [])];
    for (const [index, one] of all.entries()) if (commands[index]) one.command = [...commands[index]];
    const own = Object.entries(copy.metadata?.annotations ?? {}).filter(([key]) => withFiles || !key.startsWith('keyfirst.dev/file.'));
    return { ...copy, metadata: { ...copy.metadata, annotations: { ...Object.fromEntries(own), ...annotations } } };
  });
