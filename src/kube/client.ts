import {
  AdmissionregistrationV1Api,
  type ConfigurationOptions,
  KubeConfig,
  Observable,
  type ObservableMiddleware,
  PatchStrategy,
  setHeaderMiddleware,
  VersionApi,
  Watch,
} from '@kubernetes/client-node';
import { type Call, KubeError, statusOf, toKubeError } from './kube-error.ts';
import { WebhookConfiguration, type WebhookConfigurations } from './webhook-configurations.ts';

const RESOURCE = 'mutatingwebhookconfigurations';
const PATH = `/apis/admissionregistration.k8s.io/v1/${RESOURCE}`;
/** The owner of `caBundle` in the object's `managedFields`, so that it is plain who writes it. */
const FIELD_MANAGER = 'keyfirst';
/** Milliseconds for one call; the library itself would wait five minutes for a server that accepts and says nothing. */
const CALL_TIMEOUT = 5_000;
/** Shorter than the 30 s of silence after which the library gives a watch up, so that a quiet one ends cleanly. */
const WATCH_SECONDS = 25;

export interface Cluster extends WebhookConfigurations {
  /** The minor number of the cluster's version: 34 for `1.34`. Rejects with a `KubeError`. */
  clusterVersion(): Promise<number>;
}

/**
 * The cluster of KUBECONFIG, else of the user's kubeconfig, else the one this pod runs in.
 * The only module that imports the Kubernetes client, which is large: import this one only where a cluster is needed.
 * Throws `KubeError<'cluster-unknown'>` when there is none.
 */
export function connect(): Cluster {
  const config = loadConfig();
  const registration = config.makeApiClient(AdmissionregistrationV1Api);
  const version = config.makeApiClient(VersionApi);
  const watcher = new Watch(config);

  return {
    async clusterVersion() {
      const { minor } = await attempt({ verb: 'get', resource: '/version' }, () => version.getCode({}, options()));
      return Number.parseInt(minor, 10);
    },

    async get(name) {
      return attempt({ verb: 'get', resource: RESOURCE, name }, async () => {
        try {
          return WebhookConfiguration.parse(await registration.readMutatingWebhookConfiguration({ name }, options()));
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
        registration.patchMutatingWebhookConfiguration({ name, body, fieldManager: FIELD_MANAGER }, options(patch)),
      );
    },

    async watch(name, onState, signal) {
      const call = { verb: 'watch', resource: RESOURCE, name };
      const query = { fieldSelector: `metadata.name=${name}`, timeoutSeconds: WATCH_SECONDS };
      const end = Promise.withResolvers<void>();
      const fail = (error: unknown) => end.reject(toKubeError(error, call));
      const onAbort = () => end.resolve();
      signal.addEventListener('abort', onAbort, { once: true });

      // The library swallows what this throws, so it does not.
      const onEvent = (type: string, object: unknown) => {
        if (type === 'DELETED') onState(undefined);
        // 410: the server dropped its history. The next watch begins with the present state anyway.
        if (type === 'ERROR') return statusOf(object) === 410 ? end.resolve() : fail(object);
        if (type !== 'ADDED' && type !== 'MODIFIED') return;
        const state = WebhookConfiguration.safeParse(object);
        if (state.success) onState(state.data);
        else fail(state.error);
      };
      const connection = watcher.watch(PATH, query, onEvent, (error) => (error ? fail(error) : end.resolve()));
      connection.catch(fail);
      try {
        await end.promise;
      } finally {
        signal.removeEventListener('abort', onAbort);
        connection.then(
          (open) => open.abort(),
          () => undefined,
        );
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

function options(...more: ObservableMiddleware[]): ConfigurationOptions {
  const timeout: ObservableMiddleware = {
    pre(request) {
      request.setSignal(AbortSignal.timeout(CALL_TIMEOUT));
      return new Observable(Promise.resolve(request));
    },
    post: (response) => new Observable(Promise.resolve(response)),
  };
  return { middleware: [timeout, ...more], middlewareMergeStrategy: 'append' };
}
