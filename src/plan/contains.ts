/**
 * Whether `existing` has everything of `wanted`: each field equal, each list element found in some element. The API
 * server adds defaults and other webhooks add their own between two admissions, so equality would be too strict.
 */
export function contains(existing: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    return Array.isArray(existing) && wanted.every((item) => existing.some((candidate) => contains(candidate, item)));
  }
  if (isRecord(wanted)) {
    return isRecord(existing) && Object.entries(wanted).every(([key, value]) => contains(existing[key], value));
  }
  return existing === wanted;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
