import type { IncomingMessage } from 'node:http';
import { ProviderError } from './provider-error.ts';

export interface BodyLimit {
  /** Who answers, for the message. */
  readonly place: string;
  /** Largest body that is read, in bytes. */
  readonly most: number;
  readonly remedy: string;
}

/** The whole body of an answer. Throws `ProviderError<'protocol'>` as soon as it is larger than it may be, or what the connection breaks with. */
export async function readBody(incoming: IncomingMessage, { place, most, remedy }: BodyLimit): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > most) {
      incoming.destroy();
      throw new ProviderError('protocol', `the answer of ${place} is larger than ${most / 1024 / 1024} MiB`, {
        status: incoming.statusCode,
        remedy,
      });
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}
