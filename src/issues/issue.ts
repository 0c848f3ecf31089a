import { oneLine } from './one-line.ts';

/** Why a pod is refused: code → sentence. The first issue's code is the metric label and the log field. */
export const REJECT_REASONS = {
  'invalid-annotation': 'an annotation is unknown, malformed, or asks for something that cannot be',
  'reserved-name': 'the pod uses a name or a mount path that Keyfirst needs',
  'windows-pod': 'the pod runs on Windows, which has no memory volumes',
  'too-large': 'references and settings together are too long for an environment variable',
  'identity-unknown': "the identity of the pod's ServiceAccount could not be read, and a store needs it",
  'malformed-pod': 'the object is not shaped like a pod',
} as const;

export type RejectReason = keyof typeof REJECT_REASONS;

/** One problem of a pod. */
export interface Issue {
  readonly reason: RejectReason;
  /** Where: an annotation key, a place in the `secrets` list, or a field of the pod. */
  readonly key: string;
  /** What is wrong and what to do. Never quotes what may be a pasted secret. */
  readonly message: string;
}

/** More would only hide the first ones. */
const MOST_SHOWN = 30;
/** Keys and messages hold names of the pod's own choice; one line of the answer stays readable whatever they are. Characters. */
const LONGEST_KEY = 160;
const LONGEST_MESSAGE = 1200;
/** The answer goes into events, logs and the API server's audit log. Characters. */
const LONGEST_ANSWER = 8000;

/** One text for `kubectl`: a headline and a line for each problem. */
export function renderIssues(issues: readonly Issue[]): string {
  const count = issues.length === 1 ? 'a problem' : `${issues.length} problems`;
  const lines: string[] = [];
  let room = LONGEST_ANSWER;
  for (const { key, message } of issues.slice(0, MOST_SHOWN)) {
    const shown = `- ${oneLine(key, LONGEST_KEY)}: ${oneLine(message, LONGEST_MESSAGE)}`;
    room -= shown.length + 1;
    if (room < 0) break;
    lines.push(shown);
  }
  if (issues.length > lines.length) lines.push(`- and ${issues.length - lines.length} more`);
  return `Keyfirst found ${count} with this pod, so it was not created:\n${lines.join('\n')}`;
}

/** Quotes a value of a key that is no reference, shortened. */
export function quote(value: string): string {
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}…` : value);
}
