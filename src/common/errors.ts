/** An expected failure: a code from a catalogue and a message a person can act on. Never holds a secret value. */
export class AppError<Code extends string = string> extends Error {
  override readonly name = 'AppError';
  readonly code: Code;

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** One line for a log: the message of the error and of each of its causes. */
export function errorLine(error: unknown): string {
  const messages: string[] = [];
  for (let current: unknown = error; current !== undefined && current !== null && messages.length < 8; ) {
    messages.push(current instanceof Error ? current.message : typeof current === 'string' ? current : typeof current);
    current = current instanceof Error ? current.cause : undefined;
  }
  return messages.join(': ').replaceAll(/\s*\n\s*/g, ' ');
}
