import { readReview } from './read-review.ts';

/** Kinds whose pods others make, by API group. */
export const WORKLOADS = {
  apps: ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'],
  batch: ['Job', 'CronJob'],
} as const;

type Groups = typeof WORKLOADS;
export type WorkloadKind = Groups[keyof Groups][number];

/** What a review of a workload asks for; the object is not looked at yet. */
export interface WorkloadRequest {
  readonly uid: string;
  readonly namespace: string;
  readonly kind: WorkloadKind;
  /** Empty while the name is still to be generated. */
  readonly name: string;
  readonly dryRun: boolean;
  readonly object: unknown;
}

export type WorkloadReviewResult = { ok: true; request: WorkloadRequest } | { ok: false; problem: string };

const OPERATIONS = ['CREATE', 'UPDATE'];

/** Reads the body of a call about a workload that is made or changed; a problem says what is wrong without quoting the body. */
export function parseWorkloadReview(body: Uint8Array): WorkloadReviewResult {
  const read = readReview(body);
  if (!read.ok) return read;
  const { uid, operation, kind: about, namespace, name, dryRun, object } = read.request;
  const kind = workloadKind(about.group ?? '', about.kind);
  if (kind === undefined || !OPERATIONS.includes(operation)) {
    return {
      ok: false,
      problem: 'the review is not about a workload that is made or changed; check the rules of the webhook configuration',
    };
  }
  return { ok: true, request: { uid, namespace: namespace || 'default', kind, name: name ?? '', dryRun: dryRun === true, object } };
}

function workloadKind(group: string, kind: string): WorkloadKind | undefined {
  const kinds: readonly WorkloadKind[] = group === 'apps' ? WORKLOADS.apps : group === 'batch' ? WORKLOADS.batch : [];
  return kinds.find((known) => known === kind);
}
