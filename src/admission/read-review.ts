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

export type ReadReview = { ok: true; request: z.infer<typeof Review>['request'] } | { ok: false; problem: string };

/** The request in the body of a call of the API server, whatever it is about; a problem says what is wrong without quoting the body. */
export function readReview(body: Uint8Array): ReadReview {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return { ok: false, problem: 'the body is not valid JSON in UTF-8' };
  }
  const result = Review.safeParse(json);
  if (result.success) return { ok: true, request: result.data.request };
  const places = result.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`);
  return { ok: false, problem: `the body is not an AdmissionReview of admission.k8s.io/v1: ${places.join('; ')}` };
}
