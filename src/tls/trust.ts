/** What our own watch has shown: since when the bundles verify a certificate. Times as `Clock.elapsed` tells them; undefined: they never did. */
export type Trust = { readonly since: number; readonly missingSince?: number } | undefined;

/**
 * From the moment our watch shows the CA, other API servers get this long to see it too. They learn of it from the same etcd
 * within milliseconds; a replica that starts with the API server should serve within two seconds of its return.
 */
export const SETTLE = 1_000;

/**
 * How long a bundle that verified our certificate may fail to before we call ourselves not ready. The repair takes milliseconds; going
 * not ready at once would take every replica out of the Service for seconds each time somebody wipes the bundle.
 */
export const MISSING_GRACE = 10_000;

/** The trust after the watch showed bundles that verify the certificate (`present`), or do not. */
export function nextTrust(trust: Trust, present: boolean, now: number): Trust {
  if (trust === undefined) return present ? { since: now } : undefined;
  if (!present) return { since: trust.since, missingSince: trust.missingSince ?? now };
  return lost(trust, now) ? { since: now } : { since: trust.since };
}

/** Whether API servers trust the certificate by now. */
export function isTrusted(trust: Trust, now: number): boolean {
  return trust !== undefined && !lost(trust, now) && now - trust.since >= SETTLE;
}

function lost({ missingSince }: NonNullable<Trust>, now: number): boolean {
  return missingSince !== undefined && now - missingSince >= MISSING_GRACE;
}
