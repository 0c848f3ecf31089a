import type { Decision } from '../../src/admission/decide.ts';
import { type AdmissionResponse, respond } from '../../src/admission/response.ts';
import { verdictOf } from '../../src/admission/verdict.ts';

/** The answer as the API server reads it. */
export function answer(uid: string, decision: Decision): AdmissionResponse {
  return JSON.parse(respond(uid, verdictOf(decision)));
}
