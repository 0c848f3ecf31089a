const MASK = '[redacted]';

/** Shorter texts would mask half of every log line and hide nothing worth hiding. */
const SHORTEST = 4;

/**
 * Removes every registered secret from text before it is printed: as it is, JSON-escaped, base64, base64url, hex and
 * percent-encoded. The last line of defence behind `Redacted`.
 */
export class Scrubber {
  readonly #forms = new Set<string>();

  register(value: string | Uint8Array): void {
    const bytes = Buffer.from(value);
    const text = bytes.toString('utf8');
    const forms = [
      text,
      text.trim(),
      JSON.stringify(text).slice(1, -1),
      bytes.toString('base64'),
      bytes.toString('base64').replace(/=+$/, ''),
      bytes.toString('base64url'),
      bytes.toString('hex'),
      encodeURIComponent(text.toWellFormed()),
    ];
    for (const form of forms) if (form.length >= SHORTEST) this.#forms.add(form);
  }

  scrub(text: string): string {
    // Longest first, so that a value that contains another leaves no remainder.
    const forms = [...this.#forms].sort((a, b) => b.length - a.length);
    return forms.reduce((scrubbed, form) => scrubbed.replaceAll(form, MASK), text);
  }
}
