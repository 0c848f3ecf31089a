import type { AdmissionResponse } from './response.ts';

/** The answer to the API server about a workload: always yes, perhaps with warnings. */
export function adviceResponse(uid: string, warnings: readonly string[]): AdmissionResponse {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: { uid, allowed: true, ...(warnings.length > 0 ? { warnings } : {}) },
  };
}
