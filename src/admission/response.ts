import { renderIssues } from '../issues/issue.ts';
import type { Patch } from '../patch/json-patch.ts';
import type { Decision } from './decide.ts';
import { fitWarnings } from './warnings.ts';

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

/** The answer to the API server: a refusal is a proper answer too, with a message for people. */
export function respond(uid: string, decision: Decision): AdmissionResponse {
  return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: { uid, ...body(decision) } };
}

/** Base64 of the JSON patch. */
export function encodePatch(patch: Patch): string {
  return Buffer.from(JSON.stringify(patch)).toString('base64');
}

function body(decision: Decision): Omit<AdmissionResponse['response'], 'uid'> {
  switch (decision.kind) {
    case 'skip':
      return { allowed: true, ...warningsOf(decision.warnings) };
    case 'reject':
      return { allowed: false, status: { code: 400, reason: 'BadRequest', message: renderIssues(decision.issues) } };
    case 'inject': {
      const { patch, plan, encodedPatch = encodePatch(patch) } = decision;
      return {
        allowed: true,
        patchType: 'JSONPatch',
        patch: encodedPatch,
        ...warningsOf(plan.warnings),
      };
    }
    default:
      return decision satisfies never;
  }
}

function warningsOf(sentences: readonly string[] = []): { warnings?: string[] } {
  return sentences.length === 0 ? {} : { warnings: fitWarnings(sentences) };
}
