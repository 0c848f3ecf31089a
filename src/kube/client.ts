import { AdmissionregistrationV1Api, KubeConfig, PatchStrategy, setHeaderMiddleware, VersionApi, Watch } from '@kubernetes/client-node';
import { callOptions, onAnswer } from './call-options.ts';
import { featureGate } from './feature-gate.ts';
import { type Call, KubeError, statusOf, toKubeError } from './kube-error.ts';
import { type Pods, podsOf } from './pods.ts';
import { runWatch } from './run-watch.ts';
import { serverTime } from './server-time.ts';
import type { ServiceAccounts } from './service-account-source.ts';
import { serviceAccountsOf } from './service-accounts-client.ts';
import { WebhookConfiguration, type WebhookConfigurations } from './webhook-configurations.ts';

const RESOURCE = 'mutatingwebhookconfigurations';
const PATH = `/apis/admissionregistration.k8s.io/v1/${RESOURCE}`;
/** The owner of `caBundle` in the object's `managedFields`, so that it is plain who writes it. */
const FIELD_MANAGER = 'keyfirst';

export interface Cluster extends WebhookConfigurations, ServiceAccounts, Pods {
  /** Milliseconds since 1970, as `ServerTime` has it. */
  now(): number;
  /** The minor number of the cluster's version: 34 for `1.34`. Rejects with a `KubeError`. */
  clusterVersion(): Promise<number>;
  /** Whether the API server keeps `fileKeyRef`; undefined when it does not tell. Rejects when there is no answer. */
  envFiles(): Promise<boolean | undefined>;
}

/**
 * The cluster of KUBECONFIG, else of the user's kubeconfig, else the one this pod runs in.
 * The Kubernetes client, which is large, is imported only by this module and below it: import it only where a cluster is needed.
 * `onClockOff` is told by how many minutes the machine's clock is ahead of the API server's, if it is more than half an hour off.
 * Throws `KubeError<'cluster-unknown'>` when there is none.
 */
export function connect(onClockOff: (minutes: number) => void = () => undefined): Cluster {
  const config = loadConfig();
  const registration = config.makeApiClient(AdmissionregistrationV1Api);
  const version = config.makeApiClient(VersionApi);
  const watcher = new Watch(config);
  const time = serverTime(onClockOff, { wall: Date.now, elapsed: () => performance.now() });
  const noteTime = onAnswer(({ headers }) => time.note(headers.date));

  return {
    now: () => time.now(),
    ...serviceAccountsOf(config),
    ...podsOf(config),

    async clusterVersion() {
      const { minor } = await attempt({ verb: 'get', resource: '/version' }, () => version.getCode({}, callOptions([noteTime])));
      return Number.parseInt(minor, 10);
    },

    envFiles: () => featureGate(config, 'EnvFiles'),

    async get(name) {
      return attempt({ verb: 'get', resource: RESOURCE, name }, async () => {
        try {
          return WebhookConfiguration.parse(await registration.readMutatingWebhookConfiguration({ name }, callOptions([noteTime])));
        } catch (error) {
          if (statusOf(error) === 404) return undefined;
          throw error;
        }
      });
    },

    async patchCaBundles(name, { resourceVersion, caBundles }) {
      const body = [
        // A resourceVersion in the patched object makes the API server check it: 409, where a failed `test` would be a 422 like any other.
        { op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion },
        ...caBundles.map((value, index) => ({ op: 'add', path: `/webhooks/${index}/clientConfig/caBundle`, value })),
      ];
      const patch = setHeaderMiddleware('Content-Type', PatchStrategy.JsonPatch);
      await attempt({ verb: 'patch', resource: RESOURCE, name }, () =>
        registration.patchMutatingWebhookConfiguration({ name, body, fieldManager: FIELD_MANAGER }, callOptions([patch, noteTime])),
      );
    },

    async watch(name, onState, signal) {
      const call = { verb: 'watch', resource: RESOURCE, name };
      const query = { fieldSelector: `metadata.name=${name}` };
      const onEvent = (type: string, object: unknown) => {
        if (type === 'DELETED') onState(undefined);
        else if (type === 'ADDED' || type === 'MODIFIED') onState(WebhookConfiguration.parse(object));
      };
      try {
        await runWatch(watcher, { path: PATH, query, call }, { onEvent }, signal);
      } catch (error) {
        // The next watch begins with the present state anyway.
        if (!(error instanceof KubeError) || error.code !== 'cluster-expired') throw error;
      }
    },
  };
}

function loadConfig(): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromDefault();
  } catch (error) {
    throw new KubeError('cluster-unknown', 'the kubeconfig cannot be read: check the file that KUBECONFIG names', { cause: error });
  }
  // What the library falls back to when it finds nothing.
  if (config.getCurrentCluster()?.server === 'http://localhost:8080') {
    throw new KubeError(
      'cluster-unknown',
      'no Kubernetes cluster: run in a pod with a ServiceAccount token, or set KUBECONFIG to a kubeconfig file',
    );
  }
  return config;
}

async function attempt<Result>(call: Call, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw toKubeError(error, call);
  }
}
