import { CoreV1Api, type KubeConfig, type ObservableMiddleware, Watch } from '@kubernetes/client-node';
import * as z from 'zod';
import { callOptions, onRequest } from './call-options.ts';
import { type Call, statusOf, toKubeError } from './kube-error.ts';
import { runWatch } from './run-watch.ts';
import { ServiceAccount, ServiceAccountPage, type ServiceAccounts } from './service-account-source.ts';

const PATH = '/api/v1/serviceaccounts';
/** ServiceAccounts a page. Small, because the annotations of one may take 256 KiB and a page is in memory as a whole. */
const PAGE = 200;

const Bookmark = z.object({ metadata: z.object({ resourceVersion: z.string() }) });

/** The ServiceAccounts of all namespaces of a cluster, by the Kubernetes client library. */
export function serviceAccountsOf(config: KubeConfig): ServiceAccounts {
  const core = config.makeApiClient(CoreV1Api);
  const watcher = new Watch(config);
  const reuse = reuseConnections();

  return {
    async listServiceAccounts(next, signal) {
      const from = next === undefined ? {} : { _continue: next };
      try {
        const page = await core.listServiceAccountForAllNamespaces({ limit: PAGE, ...from }, callOptions([reuse], signal));
        return ServiceAccountPage.parse(page);
      } catch (error) {
        throw toKubeError(error, call('list'));
      }
    },

    async readServiceAccount(namespace, name, signal) {
      try {
        return ServiceAccount.parse(await core.readNamespacedServiceAccount({ namespace, name }, callOptions([reuse], signal)));
      } catch (error) {
        if (statusOf(error) === 404) return undefined;
        throw toKubeError(error, { ...call('get'), namespace, name });
      }
    },

    async watchServiceAccounts(resourceVersion, { onOpen, onChange }, signal) {
      const onEvent = (type: string, object: unknown) => {
        if (type === 'BOOKMARK') onChange({ kind: 'bookmark', resourceVersion: Bookmark.parse(object).metadata.resourceVersion });
        else onChange({ kind: type === 'DELETED' ? 'gone' : 'present', account: ServiceAccount.parse(object) });
      };
      const query = { resourceVersion, allowWatchBookmarks: true };
      await runWatch(watcher, { path: PATH, query, call: call('watch') }, { onOpen, onEvent }, signal);
    },
  };
}

function call(verb: string): Call {
  return { verb, resource: 'serviceaccounts', instead: 'set settings.identity.serviceAccounts to false' };
}

/**
 * The library makes connections anew for every call, and the TLS handshake would be most of the time that a read takes. A minute,
 * so that a CA or client certificate that was replaced on disk is seen.
 */
function reuseConnections(): ObservableMiddleware {
  let made = 0;
  let dispatcher: ReturnType<Parameters<ObservableMiddleware['pre']>[0]['getDispatcher']>;
  return onRequest((request) => {
    if (dispatcher === undefined || performance.now() - made > 60_000) {
      dispatcher = request.getDispatcher();
      made = performance.now();
    }
    if (dispatcher !== undefined) request.setDispatcher(dispatcher);
  });
}
