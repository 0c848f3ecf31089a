import { readReview } from './read-review.ts';

/** What an admission asks for; the pod is not looked at yet. */
export interface AdmissionRequest {
  readonly uid: string;
  readonly namespace: string;
  /** Empty while the name is still to be generated. */
  readonly name: string;
  readonly dryRun: boolean;
  readonly pod: unknown;
}

export type ReviewResult = { ok: true; request: AdmissionRequest } | { ok: false; problem: string };

/** Reads the body of a call about the creation of a pod; a problem says what is wrong without quoting the body. */
export function parseReview(body: Uint8Array): ReviewResult {
  const read = readReview(body);
  if (!read.ok) return read;
  const { uid, operation, kind, namespace, name, dryRun, object } = read.request;
  if (kind.kind !== 'Pod' || kind.group || operation !== 'CREATE') {
    return { ok: false, problem: 'the review is not about the creation of a pod; check the rules of the webhook configuration' };
  }
  return { ok: true, request: { uid, namespace: namespace || 'default', name: name ?? '', dryRun: dryRun === true, pod: object } };
}
