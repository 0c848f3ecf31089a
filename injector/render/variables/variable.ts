/** One variable that is there. */
export interface Variable {
  readonly name: string;
  /** UTF-8 where it is text. */
  readonly value: Uint8Array;
}

/** What a value cannot be in whatever way it is delivered: the kernel's limit for name, `=`, value and NUL together, in bytes. */
export const MAX_ENTRY_BYTES = 131_072;

/** Why no environment can hold the variable and what to do; undefined when one can. */
export function kernelProblem({ name, value }: Variable): { what: string; remedy: string } | undefined {
  if (value.includes(0))
    return { what: 'the value holds a NUL byte, which ends a variable', remedy: `Set \`format: base64\`, or ${AS_A_FILE}.` };
  const bytes = Buffer.byteLength(name) + value.length + 2;
  if (bytes > MAX_ENTRY_BYTES) {
    return {
      what: `name and value have ${bytes} bytes together, and Linux takes ${MAX_ENTRY_BYTES} in one variable`,
      remedy: 'Deliver it as a file.',
    };
  }
  return undefined;
}

export const AS_A_FILE = 'deliver it as a file';
