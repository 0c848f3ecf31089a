import * as z from 'zod';
import { statusOf } from './kube-error.ts';

const NotFound = z.object({ reason: z.literal('NotFound'), details: z.object({ kind: z.string(), name: z.string() }) });

/**
 * Whether an error of the client library is the API server's own word that this very object does not exist. A bare 404, as a
 * proxy in between gives it, or one about something else (a namespace), is not.
 */
export function saysNotFound(error: unknown, { resource, name }: { resource: string; name: string }): boolean {
  if (statusOf(error) !== 404 || typeof error !== 'object' || error === null || !('body' in error)) return false;
  const status = NotFound.safeParse(typeof error.body === 'string' ? parse(error.body) : error.body);
  return status.success && status.data.details.kind === resource && status.data.details.name === name;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
