import { renderIssues } from '../issues/issue.ts';
import type { Patch } from '../patch/json-patch.ts';
import type { Decision } from './decide.ts';
import { fitWarnings } from './warnings.ts';

/** All that is told of a decision, and all that is kept of one: no piece of the pod, however large its names are. */
export interface Verdict {
  readonly outcome: Decision['kind'];
  /** Of a skip or a rejection; empty for an injection. */
  readonly reason: string;
  /** What follows the uid in the answer, as JSON without braces: the same for every pod that is decided alike. */
  readonly answer: string;
}

/** A refusal is a proper answer too, with a message for people. */
export function verdictOf(decision: Decision): Verdict {
  const { kind: outcome } = decision;
  switch (decision.kind) {
    case 'skip':
      return { outcome, reason: decision.reason, answer: `"allowed":true${warningsOf(decision.warnings)}` };
    case 'reject': {
      const status = { code: 400, reason: 'BadRequest', message: renderIssues(decision.issues) };
      return { outcome, reason: decision.issues[0].reason, answer: `"allowed":false,"status":${JSON.stringify(status)}` };
    }
    case 'inject': {
      const patch = `"patchType":"JSONPatch","patch":"${encodePatch(decision.patch)}"`;
      return { outcome, reason: '', answer: `"allowed":true,${patch}${warningsOf(decision.plan.warnings)}` };
    }
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
