import type { JsonValue } from '../providers/value.ts';

/** One name of a template. */
export interface TemplateValue {
  readonly json: JsonValue;
  /** The source's own text where `json` was made from it. */
  readonly text?: string;
}
