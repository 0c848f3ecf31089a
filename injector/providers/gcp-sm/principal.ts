import type { GcpSmStore } from '../../../src/contract/provider.ts';
import type { ProviderDeps } from '../provider.ts';

/** Who the pod is to Google, in the words that its commands take. */
export interface Principal {
  /** For messages: service account, subject, audience. */
  readonly identity: string;
  /** Member of an IAM policy: the pod itself. */
  readonly pod: string;
  /** Member of an IAM policy that reads: the service account to act as, else the pod. */
  readonly reader: string;
}

/** Derived from settings alone: Google is not asked. */
export function principalOf(config: GcpSmStore, { namespace, serviceAccount }: ProviderDeps['identity']): Principal {
  const subject = `system:serviceaccount:${namespace}:${serviceAccount}`;
  const parts = [`service account ${namespace}/${serviceAccount}`];
  if (config.federation === undefined) parts.push("GKE's metadata server");
  else parts.push(`subject ${subject}`, `audience ${config.federation.audience ?? audienceOf(config.federation)}`);
  if (config.serviceAccount !== undefined) parts.push(`acting as ${config.serviceAccount}`);
  const pool = config.federation?.workloadIdentityProvider.replace(/\/providers\/[^/]*$/, '');
  const pod =
    pool === undefined
      ? // GKE's own pool; only the metadata server knows the project.
        `principal://iam.googleapis.com/projects/PROJECT_NUMBER/locations/global/workloadIdentityPools/PROJECT_ID.svc.id.goog/subject/ns/${namespace}/sa/${serviceAccount}`
      : `principal://iam.googleapis.com/${pool}/subject/${subject}`;
  const reader = config.serviceAccount === undefined ? pod : `serviceAccount:${config.serviceAccount}`;
  return { identity: parts.join(', '), pod, reader };
}

/** What Google's token service must be asked for, and by default expects in the projected token. */
export function audienceOf({ workloadIdentityProvider }: { readonly workloadIdentityProvider: string }): string {
  return `//iam.googleapis.com/${workloadIdentityProvider}`;
}
