import type * as z from 'zod';
import { quote } from '../issues/issue.ts';
import { mayQuote } from '../stores/schemas.ts';

/** What a schema says of a value it refuses, behind the value where it may be told. */
export function refused(schema: z.core.$ZodType, value: string, { issues: [first] }: { issues: readonly { message: string }[] }): string {
  return mayQuote(schema) ? `${quote(value)} ${first?.message}` : `${first?.message}`;
}
