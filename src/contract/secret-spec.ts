import * as z from 'zod/mini';
import { parseReference } from './reference.ts';

/** How a value becomes the bytes of a file. */
export const FORMATS = ['raw', 'json'] as const;
export type Format = (typeof FORMATS)[number];

const ReferenceText = z.pipe(
  z.string(),
  z.transform((text, context) => {
    const result = parseReference(text);
    if (result.ok) return result.reference;
    context.issues.push({ code: 'custom', input: text, message: result.problem });
    return z.NEVER;
  }),
);

/** One file to deliver. On the wire the reference is its text; decoded it is a `Reference`. */
export const SecretSpec = z.strictObject({
  /** The user's place for messages: an annotation key, or `keyfirst.dev/secrets[2]`. */
  key: z.string(),
  /** Path below the volume, `/` between parts. */
  file: z.string(),
  from: ReferenceText,
  /** Absent: text as it is, a map by the file's extension. */
  format: z.optional(z.enum(FORMATS)),
  /** Permission bits of the file, for example 0o440. */
  mode: z.number(),
  /** The secret may be missing or empty. */
  optional: z.optional(z.boolean()),
});
export type SecretSpec = z.infer<typeof SecretSpec>;
