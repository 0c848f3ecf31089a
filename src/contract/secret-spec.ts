import * as z from 'zod/mini';
import { parseReference } from './reference.ts';

/** How a value becomes the bytes of a file. `base64` writes the base64 text of the value, `base64-decode` the bytes it encodes. */
export const FORMATS = ['raw', 'json', 'yaml', 'dotenv', 'properties', 'pem', 'pkcs12', 'base64', 'base64-decode'] as const;
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

/** Where a value comes from. On the wire a reference is its text; decoded it is a `Reference`. */
const source = {
  /** The user's place for messages: an annotation key, or `keyfirst.dev/secrets[2]`. */
  key: z.string(),
  /** One reference, or several by name: then the value is the map of them. */
  from: z.union([ReferenceText, z.record(z.string(), ReferenceText)]),
  /** LiquidJS with the delimiters `<< >>` and `<% %>`; the names are those of `from`, or the keys of the map that it gives. */
  template: z.optional(z.string()),
  /** Absent: text as it is, a map by the file's extension. */
  format: z.optional(z.enum(FORMATS)),
  /** Password of a PKCS#12 file. */
  password: z.optional(ReferenceText),
  /** Permission bits of what is written, for example 0o440. */
  mode: z.number(),
  /** The secret may be missing or empty. */
  optional: z.optional(z.boolean()),
};

/** One file to deliver. */
export const SecretSpec = z.strictObject({
  ...source,
  /** Path below the volume (below the view's folder where there is one), `/` between parts. */
  file: z.string(),
  /** Folders below the volume that get this file, each swapped on its own; absent: the volume's root. */
  views: z.optional(z.array(z.string())),
});
export type SecretSpec = z.infer<typeof SecretSpec>;

/** Environment variables to deliver from one value. */
export const VariableSpec = z.strictObject({
  ...source,
  /** Exactly one of three. The name of the only variable; */
  name: z.optional(z.string()),
  /** names, each with the property of the secret that it takes; */
  names: z.optional(z.record(z.string(), z.string())),
  /** a variable for every key of the map, named this prefix and the key. */
  prefix: z.optional(z.string()),
  /** For `fileKeyRef`: each variable in a file `<name><suffix>` of its own in the variables' volume. Absent: nobody takes it so. */
  suffix: z.optional(z.string()),
  /** For the wrapper: folders below the secrets volume whose list of variables gets it; the empty name is the volume's root. */
  lists: z.optional(z.array(z.string())),
});
export type VariableSpec = z.infer<typeof VariableSpec>;
