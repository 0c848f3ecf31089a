/** What the API server said to one creation; `failure` in place of a status: no answer at all. */
export type Answer = { readonly status: number; readonly text: string } | { readonly failure: string };

/**
 * What became of a creation that asked for secrets:
 * - `injected`: made, with our container and our volume
 * - `bare`: made without them, which must never be
 * - `refused`: not made because of Keyfirst, or for a reason that nobody expects
 * - `away`: the API server itself was not there, or not yet ready: the client tries again
 */
export type Outcome = 'injected' | 'bare' | 'refused' | 'away';

const CALL = 'calling webhook';
/** What an API server says of itself while it starts. */
const STARTING = /not yet ready to handle request|etcdserver|apiserver is shutting down|storage is \(re\)initializing|server is starting/;

/** Judges an answer; `asked`: whether the pod was to be injected. Without, a pod that is made counts as `injected`. */
export function outcomeOf(answer: Answer, asked: boolean): Outcome {
  if ('failure' in answer) return 'away';
  const { status, text } = answer;
  if (status < 300) return !asked || isInjected(text) ? 'injected' : 'bare';
  if (text.includes(CALL)) return 'refused';
  return status >= 500 || status === 429 || STARTING.test(text) ? 'away' : 'refused';
}

/** Why, short enough to count by: addresses, names and numbers are left out. */
export function kindOf(answer: Answer): string {
  if ('failure' in answer) return answer.failure;
  const message = messageOf(answer.text);
  const cause = message.slice(Math.max(0, message.lastIndexOf(CALL)));
  const text = cause
    .replace(/https?:\/\/\S+/g, '…')
    .replace(/\d+\.\d+\.\d+\.\d+(:\d+)?/g, '…')
    .replace(/\b[\w-]*\d{4,}[\w-]*\b/g, '…');
  return `${answer.status} ${text.replace(/\s+/g, ' ').slice(0, 200)}`;
}

function messageOf(text: string): string {
  try {
    const status: unknown = JSON.parse(text);
    return typeof status === 'object' && status !== null && 'message' in status ? String(status.message) : text;
  } catch {
    return text;
  }
}

function isInjected(text: string): boolean {
  const pod: unknown = JSON.parse(text);
  return named(pod, 'initContainers', 'keyfirst-init') && named(pod, 'volumes', 'keyfirst-secrets');
}

function named(pod: unknown, list: string, name: string): boolean {
  const spec: unknown = typeof pod === 'object' && pod !== null ? Reflect.get(pod, 'spec') : undefined;
  const items: unknown = typeof spec === 'object' && spec !== null ? Reflect.get(spec, list) : undefined;
  return (
    Array.isArray(items) && items.some((item: unknown) => typeof item === 'object' && item !== null && Reflect.get(item, 'name') === name)
  );
}
