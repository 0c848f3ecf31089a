import type { HttpRefusal } from '../http/answer.ts';
import type { Peer } from '../http/peer.ts';
import { asMap, type JsonValue } from '../value.ts';

/** What Google's APIs say in an error body: status word, reason and message. Source: google.rpc.Status, google.rpc.ErrorInfo. */
export interface GoogleError {
  /** For example `PERMISSION_DENIED`; for the token service `invalid_grant`. */
  readonly status: string | undefined;
  /** For example `SERVICE_DISABLED`. */
  readonly reason: string | undefined;
  readonly message: string | undefined;
}

/** Reads `{error: {status, message, details}}` of the APIs and `{error, error_description}` of the token service. */
export function googleError(json: JsonValue | undefined): GoogleError {
  const body = asMap(json);
  if (typeof body?.error === 'string') {
    return { status: body.error, reason: undefined, message: text(body.error_description) ?? body.error };
  }
  const error = asMap(body?.error);
  const details: readonly unknown[] = Array.isArray(error?.details) ? error.details : [];
  const reasons = details.flatMap((detail) => (isRecord(detail) && typeof detail.reason === 'string' ? [detail.reason] : []));
  return { status: text(error?.status), reason: reasons[0], message: text(error?.message) };
}

/** The same of a refusal. */
export function refusalOf({ json }: HttpRefusal): GoogleError {
  return googleError(json);
}

/** A service of Google's at a base URL; `setting` names the address in the store's settings. */
export function googlePeer(service: string, base: string, setting: string): Peer {
  return {
    place: `${service} at ${base}`,
    speaker: 'Google',
    reachable: `Check the setting \`${setting}\`, the network policies between this namespace and ${new URL(base).host}, and that it is up.`,
    message: (json) => googleError(json).message,
  };
}

function text(json: JsonValue | undefined): string | undefined {
  return typeof json === 'string' && json !== '' ? json : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
