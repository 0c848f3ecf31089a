import type { Verdict } from './verdict.ts';

export interface AdmissionResponse {
  readonly apiVersion: 'admission.k8s.io/v1';
  readonly kind: 'AdmissionReview';
  readonly response: {
    readonly uid: string;
    readonly allowed: boolean;
    readonly status?: { readonly code: number; readonly reason: string; readonly message: string };
    readonly patchType?: 'JSONPatch';
    /** Base64 of the JSON patch. */
    readonly patch?: string;
    readonly warnings?: readonly string[];
  };
}

/** The answer to the API server, an `AdmissionResponse` as JSON. */
export function respond(uid: string, { answer }: Verdict): string {
  return `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":${JSON.stringify(uid)},${answer}}}`;
}
