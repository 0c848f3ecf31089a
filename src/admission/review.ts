import * as z from 'zod';

const Review = z.looseObject({
  apiVersion: z.literal('admission.k8s.io/v1'),
  kind: z.literal('AdmissionReview'),
  request: z.looseObject({
    uid: z.string().min(1).max(128),
    operation: z.string(),
    kind: z.looseObject({ group: z.string().nullish(), version: z.string(), kind: z.string() }),
    namespace: z.string().nullish(),
    name: z.string().nullish(),
    dryRun: z.boolean().nullish(),
    object: z.unknown(),
  }),
});

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

/** Reads the body of a call of the API server; a problem says what is wrong without quoting the body. */
export function parseReview(body: Uint8Array): ReviewResult {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return { ok: false, problem: 'the body is not valid JSON in UTF-8' };
  }
  const result = Review.safeParse(json);
  if (!result.success) {
    const places = result.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`);
    return { ok: false, problem: `the body is not an AdmissionReview of admission.k8s.io/v1: ${places.join('; ')}` };
  }
  const { uid, operation, kind, namespace, name, dryRun, object } = result.data.request;
  if (kind.kind !== 'Pod' || kind.group || operation !== 'CREATE') {
    return { ok: false, problem: 'the review is not about the creation of a pod; check the rules of the webhook configuration' };
  }
  return { ok: true, request: { uid, namespace: namespace || 'default', name: name ?? '', dryRun: dryRun === true, pod: object } };
}
