import { ZodError } from 'zod';
import { AppError } from '../common/errors.ts';

/**
 * `refused`: the API server answered, and asking again as it is will not help. `expired`: it has dropped the history that was asked
 * for; begin anew.
 */
export type KubeErrorCode =
  | 'cluster-denied'
  | 'cluster-unauthenticated'
  | 'cluster-conflict'
  | 'cluster-expired'
  | 'cluster-unreachable'
  | 'cluster-refused'
  | 'cluster-unknown';

/** A call to the API server that failed. */
export class KubeError extends AppError<KubeErrorCode> {}

/** One call, for messages: `patch` of `mutatingwebhookconfigurations` named `keyfirst`. */
export interface Call {
  readonly verb: string;
  readonly resource: string;
  /** Given, the right is one on all objects of the kind, not on this name. */
  readonly namespace?: string;
  readonly name?: string;
  /** Which object of the chart gives the right; a ClusterRole if absent. */
  readonly role?: 'Role';
  /** What a person may do who does not want to give the right. */
  readonly instead?: string;
}

/** Sorts what the client library throws by what can be done about it. Bodies of answers are not quoted, only their `message`. */
export function toKubeError(error: unknown, call: Call): KubeError {
  if (error instanceof KubeError) return error;
  const status = statusOf(error);
  const object = call.namespace === undefined ? call.name : `${call.namespace}/${call.name}`;
  const what = [call.verb, call.resource, object].filter((part) => part !== undefined).join(' ');
  const says = answerOf(error);
  if (error instanceof ZodError) {
    const fields = error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
    return new KubeError('cluster-refused', `cannot ${what}: the API server's answer is not understood (${fields})`);
  }
  if (status === 403) {
    const only = call.name === undefined || call.namespace !== undefined ? '' : ` with resourceNames ["${call.name}"]`;
    const right = `the verb "${call.verb}" on ${call.resource}${only}, as the chart's ${call.role ?? 'ClusterRole'} does`;
    const instead = call.instead === undefined ? '' : `, or ${call.instead}`;
    return new KubeError('cluster-denied', `may not ${what}: give the webhook's ServiceAccount ${right}${instead}${says}`);
  }
  if (status === 401) {
    return new KubeError(
      'cluster-unauthenticated',
      `cannot ${what}: the API server does not accept our token (401); check that the pod mounts its ServiceAccount token and that the ServiceAccount exists`,
    );
  }
  if (status === 410) return new KubeError('cluster-expired', `cannot ${what}: the API server has dropped that part of its history`);
  if (status === 409) return new KubeError('cluster-conflict', `cannot ${what}: it was changed meanwhile`);
  if (status === undefined) return new KubeError('cluster-unreachable', `cannot ${what}: no answer from the API server (${lineOf(error)})`);
  if (status === 429 || status >= 500)
    return new KubeError('cluster-unreachable', `cannot ${what}: the API server answers ${status}${says}`);
  return new KubeError('cluster-refused', `cannot ${what}: the API server answers ${status}${says}`);
}

/** The HTTP status of an error of the client library: `code` of an ApiException, `statusCode` of a watch. */
export function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('statusCode' in error && typeof error.statusCode === 'number') return error.statusCode;
  // A DOMException has a numeric `code` too, but no HTTP status is below 100.
  return 'code' in error && typeof error.code === 'number' && error.code >= 100 ? error.code : undefined;
}

/** `message` of the Status object that the API server answers with: the text of a body, or an event of a watch. */
function answerOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const status = 'body' in error ? (typeof error.body === 'string' ? parse(error.body) : error.body) : error;
  const message = status instanceof Error ? undefined : messageIn(status);
  return message === undefined ? '' : ` (${message.slice(0, 500)})`;
}

function messageIn(body: unknown): string | undefined {
  return typeof body === 'object' && body !== null && 'message' in body && typeof body.message === 'string' ? body.message : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The innermost message: "fetch failed" alone says nothing, its cause says ECONNREFUSED. */
function lineOf(error: unknown): string {
  let innermost = error;
  while (innermost instanceof Error && innermost.cause !== undefined) innermost = innermost.cause;
  if (innermost instanceof AggregateError) innermost = innermost.errors[0];
  return innermost instanceof Error ? innermost.message || innermost.name : String(innermost);
}
