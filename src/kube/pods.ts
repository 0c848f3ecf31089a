import { CoreV1Api, type KubeConfig } from '@kubernetes/client-node';
import { callOptions } from './call-options.ts';
import { toKubeError } from './kube-error.ts';
import { saysNotFound } from './says-not-found.ts';

/** The right on pods that Keyfirst has, in its own namespace only. */
export interface Pods {
  /**
   * Whether the pod may still serve; one that terminates may. False only if the API server says of this very pod that it is not found,
   * or that all its containers have ended for good. Rejects with a `KubeError` on any other answer.
   */
  podLives(namespace: string, name: string, signal: AbortSignal): Promise<boolean>;
}

/** The pods of a cluster, by the Kubernetes client library. */
export function podsOf(config: KubeConfig): Pods {
  const core = config.makeApiClient(CoreV1Api);
  return {
    async podLives(namespace, name, signal) {
      try {
        const { status } = await core.readNamespacedPod({ namespace, name }, callOptions([], signal));
        return status?.phase !== 'Failed' && status?.phase !== 'Succeeded';
      } catch (error) {
        if (saysNotFound(error, { resource: 'pods', name })) return false;
        throw toKubeError(error, { verb: 'get', resource: 'pods', namespace, name, role: 'Role' });
      }
    },
  };
}
