import * as z from 'zod';
import { parseDuration } from '../common/duration.ts';
import { AppError } from '../common/errors.ts';

const Port = z
  .string()
  .regex(/^\d{1,5}$/, 'is not a port number')
  .transform(Number)
  .refine((port) => port <= 65_535, 'is not a port number');

/** Renewal at two thirds of the life must leave time in which every API server sees the next CA. */
const SHORTEST_LIFETIME = 30_000;
/** A week: after two thirds there are more than two days left in which the API server may be away. */
const LIFETIME = '168h';

const Lifetime = z
  .string()
  .transform((text) => parseDuration(text) ?? 0)
  .refine((lifetime) => lifetime >= SHORTEST_LIFETIME, 'is not a duration of at least 30s; write it like 168h');

/** Letters, digits and what else stands in host names and names such as `system:apiserver`. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._:@/-]{0,252}$/;

const Names = z
  .string()
  .transform((text) => text.split(',').map((name) => name.trim()))
  .refine(
    (names) => names.every((name) => NAME.test(name)),
    'is not a list of names, with commas between them; a name has no `*` and no blank',
  );

const Environment = z.object({
  KEYFIRST_PORT: Port.default(8443),
  KEYFIRST_METRICS_PORT: Port.default(9090),
  KEYFIRST_SETTINGS: z.string().optional(),
  KEYFIRST_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error'], { error: 'is not one of debug, info, warn, error' }).default('info'),
  KEYFIRST_TLS_CERT: z.string().optional(),
  KEYFIRST_TLS_KEY: z.string().optional(),
  KEYFIRST_CALLERS_CA: z.string().optional(),
  KEYFIRST_CALLERS_NAMES: Names.optional(),
  KEYFIRST_CERTIFICATE_LIFETIME: Lifetime.prefault(LIFETIME),
  KEYFIRST_WEBHOOK_CONFIGURATION: z.string().optional(),
  KEYFIRST_SERVICE: z.string().optional(),
  KEYFIRST_NAMESPACE: z.string().optional(),
  KEYFIRST_POD_NAME: z.string().optional(),
  KUBERNETES_SERVICE_HOST: z.string().optional(),
  KEYFIRST_DRAIN_SECONDS: z
    .string()
    .regex(/^\d{1,3}$/, 'is not a whole number of seconds')
    .transform(Number)
    .default(5),
});

/** How the webhook runs, read from the environment once. */
export interface WebhookConfig {
  readonly port: number;
  readonly metricsPort: number;
  /** Path of the settings file; absent means all defaults. */
  readonly settingsFile: string | undefined;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  /** Milliseconds to go on serving after SIGTERM, until no caller knows this pod any more. */
  readonly drain: number;
  /** Whether this is a pod of a cluster, which Kubernetes tells by `KUBERNETES_SERVICE_HOST`. */
  readonly inCluster: boolean;
  /** By which client certificates callers are known: a file of CA certificates, and names (empty: any). Absent: anybody may ask. */
  readonly callers?: { readonly caFile: string; readonly names: readonly string[] };
  readonly certificates:
    | {
        readonly mode: 'files';
        readonly certificateFile: string;
        readonly keyFile: string;
        /** Whose `caBundle` must verify them; absent outside of a cluster. */
        readonly trustedBy?: { readonly configurationName: string; readonly service: string; readonly namespace: string };
      }
    | {
        readonly mode: 'self';
        readonly configurationName: string;
        readonly service: string;
        readonly namespace: string;
        readonly podName: string;
        /** Milliseconds that a certificate lives. */
        readonly lifetime: number;
      };
}

/** Checks the whole environment and lists every problem with its variable. Throws `AppError<'environment'>`. */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): WebhookConfig {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const result = Environment.safeParse(present);
  if (!result.success) {
    throw invalid(result.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`));
  }
  const { data } = result;
  return {
    port: data.KEYFIRST_PORT,
    metricsPort: data.KEYFIRST_METRICS_PORT,
    settingsFile: data.KEYFIRST_SETTINGS,
    logLevel: data.KEYFIRST_LOG_LEVEL,
    drain: data.KEYFIRST_DRAIN_SECONDS * 1000,
    inCluster: data.KUBERNETES_SERVICE_HOST !== undefined,
    ...callers(data),
    certificates: certificates(data),
  };
}

function callers({
  KEYFIRST_CALLERS_CA: caFile,
  KEYFIRST_CALLERS_NAMES: names,
}: z.infer<typeof Environment>): Pick<WebhookConfig, 'callers'> {
  if (caFile !== undefined) return { callers: { caFile, names: names ?? [] } };
  if (names === undefined) return {};
  throw invalid(['KEYFIRST_CALLERS_NAMES is set without KEYFIRST_CALLERS_CA, so anybody might ask; set both or neither']);
}

function certificates(env: z.infer<typeof Environment>): WebhookConfig['certificates'] {
  const {
    KEYFIRST_TLS_CERT: certificateFile,
    KEYFIRST_TLS_KEY: keyFile,
    KEYFIRST_WEBHOOK_CONFIGURATION: configurationName,
    KEYFIRST_SERVICE: service,
    KEYFIRST_NAMESPACE: namespace,
    KEYFIRST_POD_NAME: podName,
    KEYFIRST_CERTIFICATE_LIFETIME: lifetime,
  } = env;
  const named =
    configurationName === undefined || service === undefined || namespace === undefined
      ? undefined
      : { configurationName, service, namespace };
  if (certificateFile !== undefined && keyFile !== undefined)
    return { mode: 'files', certificateFile, keyFile, ...(named === undefined ? {} : { trustedBy: named }) };
  if (certificateFile !== undefined || keyFile !== undefined)
    throw invalid(['KEYFIRST_TLS_CERT and KEYFIRST_TLS_KEY go together; set both or neither']);
  if (named !== undefined && podName !== undefined) return { mode: 'self', ...named, podName, lifetime };
  throw invalid([
    'no certificate: set KEYFIRST_TLS_CERT and KEYFIRST_TLS_KEY to PEM files, or (in a cluster, as the chart does) KEYFIRST_WEBHOOK_CONFIGURATION, KEYFIRST_SERVICE, KEYFIRST_NAMESPACE and KEYFIRST_POD_NAME, so that Keyfirst makes its own',
  ]);
}

function invalid(problems: readonly string[]): AppError<'environment'> {
  return new AppError('environment', `the environment is not valid:\n${problems.map((problem) => `- ${problem}`).join('\n')}`);
}
