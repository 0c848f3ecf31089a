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

/** The answer to the API server, an `AdmissionResponse` as JSON: a refusal is a proper answer too, with a message for people. */
export function respond(uid: string, decision: Decision): string {
  const verdict = (decision.kind === 'inject' ? decision.verdict : undefined) ?? verdictOf(decision);
  return `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":${JSON.stringify(uid)},${verdict}}}`;
}

/** What follows the uid in an answer, as JSON without braces: the same for every pod that is decided alike. */
export function verdictOf(decision: Decision): string {
  switch (decision.kind) {
    case 'skip':
      return `"allowed":true${warningsOf(decision.warnings)}`;
    case 'reject':
      return `"allowed":false,"status":${JSON.stringify({ code: 400, reason: 'BadRequest', message: renderIssues(decision.issues) })}`;
    case 'inject':
      return `"allowed":true,"patchType":"JSONPatch","patch":"${encodePatch(decision.patch)}"${warningsOf(decision.plan.warnings)}`;
    default:
      return decision satisfies never;
  }
}

function encodePatch(patch: Patch): string {
  return Buffer.from(JSON.stringify(patch)).toString('base64');
}

function warningsOf(sentences: readonly string[] = []): string {
  return sentences.length === 0 ? '' : `,"warnings":${JSON.stringify(fitWarnings(sentences))}`;
}
