import { ANNOTATION_PREFIX, STATUS_ANNOTATION } from '../contract/names.ts';
import { isRecord } from '../plan/contains.ts';

/** Keys of Keyfirst among the annotations of some `metadata`; the status is the webhook's own. */
export function ourAnnotations(metadata: unknown): string[] {
  const annotations = isRecord(metadata) && isRecord(metadata.annotations) ? metadata.annotations : {};
  return Object.keys(annotations).filter((key) => key.startsWith(ANNOTATION_PREFIX) && key !== STATUS_ANNOTATION);
}
