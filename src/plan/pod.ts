import * as z from 'zod';

/**
 * The fields of a pod that Keyfirst reads. Everything else passes through untouched, so unknown fields are no error and
 * absent may be written as null.
 */
const Id = z.number().int().nullish();
const Quantities = z.record(z.string(), z.union([z.string(), z.number()])).nullish();
export const Resources = z.looseObject({ requests: Quantities, limits: Quantities });
export type Resources = z.infer<typeof Resources>;

const VolumeMount = z.looseObject({ name: z.string(), mountPath: z.string(), readOnly: z.boolean().nullish() });
export type VolumeMount = z.infer<typeof VolumeMount>;

const EnvVar = z.looseObject({ name: z.string(), value: z.string().nullish() });
export type EnvVar = z.infer<typeof EnvVar>;

/** A probe, or a hook of the container's life. */
const Handler = z.looseObject({ exec: z.looseObject({ command: z.array(z.string()).nullish() }).nullish() }).nullish();

export const Container = z.looseObject({
  name: z.string(),
  image: z.string().nullish(),
  command: z.array(z.string()).nullish(),
  args: z.array(z.string()).nullish(),
  env: z.array(EnvVar).nullish(),
  envFrom: z.array(z.unknown()).nullish(),
  restartPolicy: z.string().nullish(),
  resources: Resources.nullish(),
  securityContext: z.looseObject({ runAsUser: Id, runAsGroup: Id }).nullish(),
  volumeMounts: z.array(VolumeMount).nullish(),
  livenessProbe: Handler,
  readinessProbe: Handler,
  startupProbe: Handler,
  lifecycle: z.looseObject({ postStart: Handler, preStop: Handler }).nullish(),
});
export type Container = z.infer<typeof Container>;

const Volume = z.looseObject({ name: z.string() });
export type Volume = z.infer<typeof Volume>;

export const Pod = z.looseObject({
  metadata: z
    .looseObject({
      name: z.string().nullish(),
      generateName: z.string().nullish(),
      namespace: z.string().nullish(),
      annotations: z.record(z.string(), z.string()).nullish(),
    })
    .nullish(),
  spec: z.looseObject({
    containers: z.array(Container).min(1),
    initContainers: z.array(Container).nullish(),
    volumes: z.array(Volume).nullish(),
    securityContext: z.looseObject({ runAsUser: Id, runAsGroup: Id, fsGroup: Id }).nullish(),
    serviceAccountName: z.string().nullish(),
    serviceAccount: z.string().nullish(),
    os: z.looseObject({ name: z.string() }).nullish(),
    nodeSelector: z.record(z.string(), z.string()).nullish(),
    restartPolicy: z.string().nullish(),
    resources: Resources.nullish(),
    shareProcessNamespace: z.boolean().nullish(),
  }),
});
export type Pod = z.infer<typeof Pod>;
